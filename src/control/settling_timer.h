// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "dataplane/router.h"

namespace ricochet {

// Ends the settling of pools some time after their last publish. It shares its owner's mutex, so
// that a pool published again can never lose its new time to the end of the old one.
class SettlingTimer {
 public:
  // clear is called on a thread of its own, which begins with the first start(), with the guard
  // held. guard outlives this.
  SettlingTimer(std::mutex& guard, std::chrono::milliseconds duration,
                std::function<void(PoolIndex)> clear);

  // The time of these pools begins anew. The guard is held.
  void start(const std::set<PoolIndex>& pools);
  // Returns when no pool settles any more. The guard is not held.
  void wait();

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  void clear_due();

  std::mutex& guard_;
  const std::chrono::milliseconds duration_;
  const std::function<void(PoolIndex)> clear_;
  std::map<PoolIndex, Clock::time_point> deadlines_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace ricochet
