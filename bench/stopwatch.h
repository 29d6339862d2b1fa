// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>

namespace ricochet::bench {

using Milliseconds = std::chrono::duration<double, std::milli>;

// Time since it was made: all of it, and of that what the calling thread worked. The rest it slept
// or waited for a core.
class Stopwatch {
 public:
  [[nodiscard]] Milliseconds elapsed() const { return Clock::now() - begin_; }
  [[nodiscard]] Milliseconds worked() const { return thread_time() - worked_before_; }

 private:
  using Clock = std::chrono::steady_clock;

  static std::chrono::nanoseconds thread_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  std::chrono::nanoseconds worked_before_ = thread_time();
  Clock::time_point begin_ = Clock::now();
};

}  // namespace ricochet::bench
