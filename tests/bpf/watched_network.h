// SPDX-License-Identifier: Apache-2.0
// What a NetworkFollower sees, for a test to wait for.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "netlink/follower.h"

namespace ricochet::test {

class WatchedNetwork {
 public:
  // Starts the follower; throws std::runtime_error if that fails.
  WatchedNetwork();

  using Condition = std::function<bool(const NetworkView&)>;
  // Whether the newest view meets the condition, or one does that comes in time.
  [[nodiscard]] bool await(const Condition& holds);
  [[nodiscard]] bool await_mac(uint32_t ifindex, const std::string& address,
                               const std::string& mac);
  [[nodiscard]] bool await_no_neighbour(uint32_t ifindex, const std::string& address);

  // All that the follower has told so far.
  [[nodiscard]] std::vector<NetworkView> views();
  [[nodiscard]] NetworkView now() { return views().back(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<NetworkView> views_;
  std::unique_ptr<NetworkFollower> follower_;  // last: it uses the others
};

// The neighbour's MAC address as text; nothing if it has none.
std::optional<std::string> mac_of(const NetworkView& view, uint32_t ifindex,
                                  const std::string& address);
// The interface of this name; nullptr if there is none.
const Link* link_named(const NetworkView& view, const std::string& name);

}  // namespace ricochet::test
