// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace ricochet {

// SIGTERM and SIGINT as something to wait for. Construct it before any thread is started.
class StopSignals {
 public:
  StopSignals();
  // Whether one came within the time.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds timeout) const;
  // Until one comes.
  void wait() const;
};

}  // namespace ricochet
