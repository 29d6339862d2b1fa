// SPDX-License-Identifier: Apache-2.0
#include "control/network_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ricochet {
namespace {

// Routes and entries of the kernel's table change without an event that is followed here.
constexpr std::chrono::seconds kProbeInterval{10};
// While an address is no neighbour anywhere: its route may come a moment after its interface. And
// while a port cannot be had, because somebody else has a program there.
constexpr std::chrono::seconds kRetryInterval{1};

// After a start: the kernel asks three times, a second apart, before it gives up.
constexpr std::chrono::seconds kGrace{5};

}  // namespace

Result<std::unique_ptr<NetworkWatch>> NetworkWatch::open(const std::vector<PortStatus>& ports,
                                                         bool learn) {
  auto prober = Prober::open();
  if (!prober) return prober.error();
  std::unique_ptr<NetworkWatch> watch(new NetworkWatch(*std::move(prober), ports, learn));
  auto follower = NetworkFollower::start(
      [watch = watch.get()](const NetworkView& view) { watch->take_in(view); });
  if (!follower) return follower.error();
  watch->follower_ = *std::move(follower);
  return watch;
}

NetworkWatch::NetworkWatch(Prober prober, const std::vector<PortStatus>& ports, bool learn)
    : learn_(learn), prober_(std::move(prober)), tracker_(ports) {}

NetworkWatch::~NetworkWatch() {
  follower_.reset();
  thread_ = {};
}

LearnedNeighbours NetworkWatch::learned() const {
  const std::lock_guard lock(mutex_);
  return learn_ ? tracker_.learned(view_, places_) : LearnedNeighbours{};
}

void NetworkWatch::start(Controller& controller) {
  {
    const std::lock_guard lock(mutex_);
    controller_ = &controller;
  }
  controller.on_generation([this] {
    const std::lock_guard lock(mutex_);
    probe_is_due_ = true;
    wake_.notify_all();
  });
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

// On the follower's thread, and the first time on that of open().
void NetworkWatch::take_in(const NetworkView& view) {
  {
    const std::lock_guard lock(mutex_);
    view_ = view;
    for (const size_t port : tracker_.update(view.links)) changed_ports_.insert(port);
    probe_is_due_ = true;
    wake_.notify_all();
  }
  tell();
}

// Never with the own mutex held: the controller's is taken here, and its notes take the own one.
void NetworkWatch::tell() {
  const std::lock_guard telling(telling_);
  std::unique_lock lock(mutex_);
  if (controller_ == nullptr) return;
  PortInterfaces ports;
  for (const size_t port : std::exchange(changed_ports_, {})) {
    ports.emplace(port, tracker_.interface(port));
  }
  LearnedNeighbours learned = learn_ ? tracker_.learned(view_, places_) : LearnedNeighbours{};
  lock.unlock();
  if (!ports.empty()) {
    auto missing = controller_->observe_ports(ports);
    lock.lock();
    changed_ports_.merge(missing);
    lock.unlock();
  }
  controller_->observe(std::move(learned));
}

void NetworkWatch::run(const std::stop_token& stop) {
  const auto grace_ends = std::chrono::steady_clock::now() + kGrace;
  bool in_grace = true;
  tell();
  while (!stop.stop_requested()) {
    probe();
    tell();
    if (in_grace && std::chrono::steady_clock::now() >= grace_ends) {
      controller_->end_grace();
      in_grace = false;
    }
    std::unique_lock lock(mutex_);
    auto next = std::chrono::steady_clock::now() + interval();
    if (in_grace) next = std::min(next, grace_ends);
    wake_.wait_until(lock, stop, next, [this] { return probe_is_due_; });
  }
}

std::chrono::seconds NetworkWatch::interval() const {
  const bool all_placed =
      std::ranges::all_of(places_, [](const auto& place) { return place.second.ok(); });
  return all_placed && changed_ports_.empty() ? kProbeInterval : kRetryInterval;
}

void NetworkWatch::probe() {
  {
    const std::lock_guard lock(mutex_);
    probe_is_due_ = false;
  }
  if (!learn_) return;
  auto places = prober_.want(controller_->addresses_to_resolve());
  if (!places) {
    spdlog::warn("neighbours are not probed: {}", places.error().message);
    return;
  }
  const std::lock_guard lock(mutex_);
  places_ = *std::move(places);
}

}  // namespace ricochet
