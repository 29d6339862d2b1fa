// SPDX-License-Identifier: Apache-2.0
#include "control/settling_timer.h"

#include <algorithm>

namespace ricochet {

SettlingTimer::SettlingTimer(std::mutex& guard, std::chrono::milliseconds duration,
                             std::function<void(PoolIndex)> clear)
    : guard_(guard), duration_(duration), clear_(std::move(clear)) {}

void SettlingTimer::start(const std::set<PoolIndex>& pools) {
  const auto deadline = Clock::now() + duration_;
  for (const PoolIndex pool : pools) deadlines_[pool] = deadline;
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  changed_.notify_all();
}

void SettlingTimer::wait() {
  std::unique_lock lock(guard_);
  changed_.wait(lock, [this] { return deadlines_.empty(); });
}

void SettlingTimer::run(const std::stop_token& stop) {
  std::unique_lock lock(guard_);
  while (!stop.stop_requested()) {
    clear_due();
    if (deadlines_.empty()) {
      changed_.wait(lock, stop, [this] { return !deadlines_.empty(); });
      continue;
    }
    const auto next = std::ranges::min_element(deadlines_, {}, [](const auto& pool) {
                        return pool.second;
                      })->second;
    changed_.wait_until(lock, stop, next, [&] { return Clock::now() >= next; });
  }
}

void SettlingTimer::clear_due() {
  const auto now = Clock::now();
  const bool any = std::erase_if(deadlines_, [&](const auto& entry) {
    if (entry.second > now) return false;
    clear_(entry.first);
    return true;
  });
  if (any) changed_.notify_all();
}

}  // namespace ricochet
