// SPDX-License-Identifier: Apache-2.0
#include "watched_network.h"

#include <chrono>
#include <stdexcept>

namespace ricochet::test {
namespace {

constexpr std::chrono::seconds kPatience{60};

}  // namespace

WatchedNetwork::WatchedNetwork() {
  auto follower = NetworkFollower::start([this](const NetworkView& view) {
    const std::scoped_lock lock(mutex_);
    views_.push_back(view);
    changed_.notify_all();
  });
  if (!follower) throw std::runtime_error(follower.error().message);
  follower_ = *std::move(follower);
}

bool WatchedNetwork::await(const Condition& holds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return holds(views_.back()); });
}

bool WatchedNetwork::await_mac(uint32_t ifindex, const std::string& address,
                               const std::string& mac) {
  return await([&](const NetworkView& view) { return mac_of(view, ifindex, address) == mac; });
}

bool WatchedNetwork::await_no_neighbour(uint32_t ifindex, const std::string& address) {
  return await([&](const NetworkView& view) { return !mac_of(view, ifindex, address); });
}

std::vector<NetworkView> WatchedNetwork::views() {
  const std::scoped_lock lock(mutex_);
  return views_;
}

std::optional<std::string> mac_of(const NetworkView& view, uint32_t ifindex,
                                  const std::string& address) {
  const auto found = view.neighbours.find({ifindex, *Address::parse(address)});
  if (found == view.neighbours.end()) return std::nullopt;
  return found->second.to_string();
}

const Link* link_named(const NetworkView& view, const std::string& name) {
  for (const auto& [ifindex, link] : view.links)
    if (link.name == name) return &link;
  return nullptr;
}

}  // namespace ricochet::test
