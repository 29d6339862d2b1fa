// SPDX-License-Identifier: Apache-2.0
//
// Makes the data plane hold what the controller wants, in an order in which no packet ever meets
// something half made: first what packets will need, then the tables, the services, and last what
// nobody needs any more.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataplane/router.h"
#include "generation/router_state.h"

namespace ricochet {

class DataplaneSync {
 public:
  // dataplane outlives this.
  explicit DataplaneSync(RouterDataplane& dataplane);

  // Takes over what an earlier daemon left: live tables, services and backends. The first apply()
  // writes every backend, service and neighbour again.
  void adopt();

  // Brings the data plane to the target. Touches only what differs from what it holds, so calling
  // it again after a failure continues where that happened. Adds to `published` the pools whose
  // table changed, also when a later step fails. `usable` as in control/reachability.h.
  Result<void> apply(const RouterState& target, const Neighbours& usable,
                     std::set<PoolIndex>& published);

  // A port is another interface than before: what leads through it is written again.
  void forget_port(size_t port);

  // Does nothing for a pool that is gone.
  void clear_settling(PoolIndex pool);

 private:
  // What a pool shows to packets.
  struct Published {
    std::shared_ptr<const PoolTable> table;
    TableFlags flags;
  };
  // By service, a range once for each port.
  using ServiceTargets = std::map<ServiceKey, std::optional<ServiceTarget>>;

  static ServiceTargets wanted_services(const RouterState& target);
  using QuicServers = std::map<QuicServer, std::optional<BackendId>>;
  static QuicServers wanted_quic_servers(const RouterState& target);
  [[nodiscard]] std::map<BackendId, BackendEntry> wanted_backends(const RouterState& target,
                                                                  const Neighbours& usable) const;
  [[nodiscard]] std::optional<NextHop> nexthop_of(const Neighbour& neighbour) const;

  Result<void> set_neighbours(const Neighbours& usable);
  Result<void> set_backends(const std::map<BackendId, BackendEntry>& wanted);
  Result<void> publish_tables(const RouterState& target, std::set<PoolIndex>& published);
  Result<void> set_quic_servers(const RouterState& target, const QuicServers& wanted);
  Result<void> set_services(const ServiceTargets& wanted);
  Result<void> remove_pools(const RouterState& target);

  RouterDataplane& dataplane_;
  std::vector<std::string> port_names_;  // by index, for the life of the data plane

  // What the data plane holds, as far as it took it. No value: something, it is not known what.
  std::map<Address, std::optional<NextHop>> neighbours_;
  std::map<BackendId, std::optional<BackendEntry>> backends_;
  std::map<PoolIndex, Published> tables_;
  ServiceTargets services_;
  QuicServers quic_servers_;
  std::map<PoolIndex, uint32_t> quic_id_bytes_;  // an index that is not there: it is not known
};

}  // namespace ricochet
