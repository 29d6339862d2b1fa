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

#include "control/router_state.h"

namespace ricochet {

class DataplaneSync {
 public:
  // dataplane outlives this.
  DataplaneSync(RouterDataplane& dataplane, TableFlags flags)
      : dataplane_(dataplane), flags_(flags) {}

  // Takes over what an earlier daemon left: live tables and services, and these backends, which
  // it may have written. The first apply() writes every backend and service again.
  void adopt(const std::map<BackendId, std::optional<Ipv4Address>>& backends);

  // Brings the data plane to the target. Touches only what differs from what it holds, so calling
  // it again after a failure continues where that happened. Adds to `published` the pools whose
  // table changed, also when a later step fails.
  Result<void> apply(const RouterState& target, const Neighbours& neighbours,
                     std::set<PoolIndex>& published);

  // Does nothing for a pool that is gone.
  void clear_settling(PoolIndex pool);

 private:
  Result<void> set_neighbours(const Neighbours& wanted);
  Result<void> set_backends(const RouterState& target, const Neighbours& neighbours);
  Result<void> publish_tables(const RouterState& target, std::set<PoolIndex>& published);
  Result<void> set_services(const RouterState& target);
  Result<void> remove_services(const RouterState& target);
  Result<void> remove_pools(const RouterState& target);
  Result<void> remove_backends(const RouterState& target);
  Result<void> remove_neighbours(const Neighbours& wanted);

  RouterDataplane& dataplane_;
  TableFlags flags_;

  // What the data plane holds, as far as it took it. No value: something, it is not known what.
  Neighbours neighbours_;
  std::map<BackendId, std::optional<BackendEntry>> backends_;
  std::map<PoolIndex, std::shared_ptr<const PoolTable>> tables_;
  std::map<ServiceKey, std::optional<PoolIndex>> services_;
};

}  // namespace ricochet
