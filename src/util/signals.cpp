// SPDX-License-Identifier: Apache-2.0
#include "util/signals.h"

#include <csignal>
#include <ctime>

namespace ricochet {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

bool StopSignals::wait_for(std::chrono::milliseconds timeout) const {
  const sigset_t signals = stop_signals();
  const timespec time{timeout.count() / 1000, timeout.count() % 1000 * 1000000};
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

void StopSignals::wait() const {
  const sigset_t signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace ricochet
