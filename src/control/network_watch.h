// SPDX-License-Identifier: Apache-2.0
//
// Keeps a controller informed of the network: its ports, which come, go and change their address,
// and the neighbours that the kernel knows, whom it has probed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "control/controller.h"
#include "control/port_tracker.h"
#include "netlink/follower.h"

namespace ricochet {

class NetworkWatch {
 public:
  // Looks at the network namespace of the caller. Without `learn` only ports are followed: then
  // only static neighbours count.
  static Result<std::unique_ptr<NetworkWatch>> open(const std::vector<PortStatus>& ports,
                                                    bool learn);
  ~NetworkWatch();

  // What the kernel knew when it was opened.
  [[nodiscard]] LearnedNeighbours learned() const;

  // From now on the controller is told, until this is destroyed.
  void start(Controller& controller);

 private:
  NetworkWatch(Prober prober, const std::vector<PortStatus>& ports, bool learn);
  void take_in(const NetworkView& view);
  void tell();
  void run(const std::stop_token& stop);
  [[nodiscard]] std::chrono::seconds interval() const;  // with mutex_ held
  void probe();

  const bool learn_;
  mutable std::mutex mutex_;
  Prober prober_;
  PortTracker tracker_;
  NetworkView view_;
  Prober::Places places_;
  std::set<size_t> changed_ports_;  // that the controller has not been told of, or could not have
  Controller* controller_ = nullptr;
  bool probe_is_due_ = true;
  std::condition_variable_any wake_;
  std::mutex telling_;  // the controller is told one thing after the other
  std::unique_ptr<NetworkFollower> follower_;
  std::jthread thread_;
};

}  // namespace ricochet
