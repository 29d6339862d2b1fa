// SPDX-License-Identifier: Apache-2.0
//
// Which interface each of the router's ports is now, and what the kernel knows behind them. A port
// keeps the name it was configured with: an interface that is renamed stays its port, and one that
// appears under the name of a port that has none becomes it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/reachability.h"
#include "dataplane/router.h"
#include "netlink/prober.h"

namespace ricochet {

class PortTracker {
 public:
  // The ports as the data plane found them, which knows an interface of its own by its link when it
  // was renamed.
  explicit PortTracker(const std::vector<PortStatus>& ports);

  // Returns the ports (indexes) that are another interface, or have another MAC, than before.
  std::vector<size_t> update(const std::map<uint32_t, Link>& links);

  // Nothing: it is not there.
  [[nodiscard]] std::optional<Interface> interface(size_t index) const;
  // Where the prober found no place for an address, the problem; where the kernel has an address at
  // several ports, the one that the prober found.
  [[nodiscard]] LearnedNeighbours learned(const NetworkView& view,
                                          const Prober::Places& places) const;

 private:
  struct Port {
    std::string name;
    uint32_t ifindex = 0;                // where the interface was last; 0: nowhere yet
    std::optional<Interface> interface;  // with the name of the port, whatever the kernel calls it
  };
  [[nodiscard]] const Link* find_link(const Port& port,
                                      const std::map<uint32_t, Link>& links) const;
  [[nodiscard]] const Port* find_port(uint32_t ifindex) const;

  std::vector<Port> ports_;
};

}  // namespace ricochet
