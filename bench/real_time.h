// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

namespace ricochet::bench {

// The lowest real-time priority for this thread, until the end of its life.
class RealTimePriority {
 public:
  RealTimePriority() {
    const sched_param lowest{.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    granted_ = sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;
  }
  ~RealTimePriority() {
    const sched_param none{.sched_priority = 0};
    if (granted_) sched_setscheduler(0, SCHED_OTHER, &none);
  }
  RealTimePriority(const RealTimePriority&) = delete;
  RealTimePriority& operator=(const RealTimePriority&) = delete;

  [[nodiscard]] bool granted() const { return granted_; }

 private:
  bool granted_ = false;
};

}  // namespace ricochet::bench
