// SPDX-License-Identifier: Apache-2.0
#include "netlink/follower.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ricochet {
namespace {

// Until the tables are read again, when events were lost and reading them all failed.
constexpr int kRetryMs = 1000;

}  // namespace

Result<std::unique_ptr<NetworkFollower>> NetworkFollower::start(Handler handler) {
  // Events first: what changes while the tables are read is told again by an event.
  auto events = RouteSocket::subscribe({RTNLGRP_LINK, RTNLGRP_NEIGH});
  if (!events) return events.error();
  auto requests = RouteSocket::open();
  if (!requests) return requests.error();
  Fd stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return error("cannot make an eventfd: {}", std::strerror(errno));
  std::unique_ptr<NetworkFollower> follower(new NetworkFollower(
      *std::move(events), *std::move(requests), std::move(stop), std::move(handler)));
  if (auto all = follower->read_all(); !all) return all.error();
  follower->handler_(follower->view_);
  follower->thread_ = std::thread(&NetworkFollower::run, follower.get());
  return follower;
}

NetworkFollower::NetworkFollower(RouteSocket events, RouteSocket requests, Fd stop, Handler handler)
    : events_(std::move(events)),
      requests_(std::move(requests)),
      stop_(std::move(stop)),
      handler_(std::move(handler)) {}

NetworkFollower::~NetworkFollower() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

void NetworkFollower::run() {
  while (wait_for_events())
    if (catch_up()) handler_(view_);
}

// False: the follower is to stop.
bool NetworkFollower::wait_for_events() const {
  std::array<pollfd, 2> ready{pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                              pollfd{.fd = events_.fd(), .events = POLLIN, .revents = 0}};
  poll(ready.data(), ready.size(), events_lost_ ? kRetryMs : -1);
  return ready[0].revents == 0;
}

// Whether the view has changed.
bool NetworkFollower::catch_up() {
  bool changed = false;
  if (!events_.drain([&](nlmsghdr& event) { changed |= view_.apply(event); })) events_lost_ = true;
  if (!events_lost_) return changed;

  // What is still queued is from before the loss and would undo what is read now.
  if (!events_.drain([](nlmsghdr&) {})) return changed;
  const NetworkView before = view_;
  if (auto all = read_all(); !all) {
    spdlog::error("{}", all.error().message);
    return changed;
  }
  events_lost_ = false;
  return changed || view_ != before;
}

Result<void> NetworkFollower::read_all() {
  NetworkView view;
  const auto apply = [&](nlmsghdr& message) { view.apply(message); };
  // Links first: the view has no neighbours at interfaces that it does not know.
  for (const uint16_t table : {RTM_GETLINK, RTM_GETNEIGH})
    if (const auto problem = requests_.dump(table, apply))
      return error("cannot read the kernel's interfaces and neighbours: {}", problem.message());
  view_ = std::move(view);
  return {};
}

}  // namespace ricochet
