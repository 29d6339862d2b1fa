// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

namespace ricochet {

// Has the pins, or the flows that are kept, swept now and then. It shares its owner's mutex, so
// that no table is published meanwhile.
class PinSweeper {
 public:
  // sweep is called on a thread of its own, which begins with start(), with the guard held. guard
  // outlives this.
  PinSweeper(std::mutex& guard, std::chrono::milliseconds interval, std::function<void()> sweep)
      : guard_(guard), interval_(interval), sweep_(std::move(sweep)) {}

  // Once. With an interval of 0 nothing is ever swept.
  void start();

 private:
  void run(const std::stop_token& stop);

  std::mutex& guard_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> sweep_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace ricochet
