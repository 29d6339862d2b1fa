// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "netlink/network_view.h"
#include "netlink/route_socket.h"
#include "util/fd.h"
#include "util/result.h"

namespace ricochet {

// Follows the interfaces and neighbours of the network namespace in which it was started.
class NetworkFollower {
 public:
  // Gets the whole view each time it has changed; many changes at once are one call. The first call
  // is made before start() returns, the others on a thread of the follower's own. Must not throw,
  // and must not destroy the follower.
  using Handler = std::function<void(const NetworkView&)>;

  static Result<std::unique_ptr<NetworkFollower>> start(Handler handler);
  // Waits for a call of the handler that is under way; no other follows.
  ~NetworkFollower();
  NetworkFollower(const NetworkFollower&) = delete;
  NetworkFollower& operator=(const NetworkFollower&) = delete;

 private:
  NetworkFollower(RouteSocket events, RouteSocket requests, Fd stop, Handler handler);
  void run();
  [[nodiscard]] bool wait_for_events() const;
  bool catch_up();
  Result<void> read_all();

  RouteSocket events_;
  RouteSocket requests_;
  Fd stop_;
  Handler handler_;
  NetworkView view_;
  bool events_lost_ = false;
  std::thread thread_;
};

}  // namespace ricochet
