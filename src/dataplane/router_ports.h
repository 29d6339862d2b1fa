// SPDX-License-Identifier: Apache-2.0
//
// The ports of a router: interfaces by the index that neighbours name, which may come and go.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "dataplane/bpf_map.h"
#include "dataplane/interface.h"
#include "dataplane/state_dir.h"
#include "util/result.h"

namespace ricochet {

class RouterPorts {
 public:
  // Looks the interfaces up; one that is not there is waited for. An error if a name is there
  // twice, or backends_only names one that `names` does not.
  static Result<RouterPorts> find(const std::vector<std::string>& names,
                                  const std::vector<std::string>& backends_only,
                                  const StateDir& state);

  // The maps of the program. The descriptors stay the caller's and outlive this.
  struct Maps {
    int devmap_fd = -1;
    int port_macs_fd = -1;
    int backend_ports_fd = -1;
  };

  // Writes the maps that are the new program's alone, of the interfaces.
  Result<void> fill(const Maps& maps);
  // Writes from now on the other map, too: an earlier program may have read it until now.
  Result<void> take_over();
  // After fill(). An interface that went away meanwhile is as none. On error there is none.
  Result<void> set(size_t index, const std::optional<Interface>& interface);

  [[nodiscard]] const std::vector<Port>& all() const { return ports_; }
  // The interface that the next hop is behind; null if it is not there. An error for an index that
  // is no port's.
  [[nodiscard]] Result<const Interface*> behind(const NextHop& nexthop) const;

 private:
  [[nodiscard]] Result<void> write();
  [[nodiscard]] Result<void> write_macs() const;
  [[nodiscard]] Result<void> write_backend_ports() const;

  std::vector<Port> ports_;
  std::set<std::string> backends_only_;
  Maps maps_;
  bool taken_over_ = false;
};

}  // namespace ricochet
