// SPDX-License-Identifier: Apache-2.0
#include "control/pin_sweeper.h"

#include <condition_variable>

namespace ricochet {

void PinSweeper::start() {
  if (interval_ == interval_.zero()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void PinSweeper::run(const std::stop_token& stop) {
  std::condition_variable_any stopped;
  std::unique_lock lock(guard_);
  while (!stop.stop_requested()) {
    stopped.wait_for(lock, stop, interval_, [] { return false; });
    if (!stop.stop_requested()) sweep_();
  }
}

}  // namespace ricochet
