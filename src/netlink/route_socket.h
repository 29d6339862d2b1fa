// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/netlink.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <system_error>

#include "util/result.h"

struct nl_sock;
struct nl_msg;

namespace ricochet {

struct NetlinkMessageDeleter {
  void operator()(nl_msg* message) const;
};
using NetlinkMessage = std::unique_ptr<nl_msg, NetlinkMessageDeleter>;

// An empty request with room for its attributes. flags are NLM_F_*. Throws std::bad_alloc.
NetlinkMessage netlink_message(uint16_t type, int flags);
// Adds a fixed header or an attribute. Throws std::bad_alloc when there is no room.
void append(nl_msg& message, const void* data, size_t bytes);
void put(nl_msg& message, int attribute, const void* data, size_t bytes);
template <class Value>
void put(nl_msg& message, int attribute, const Value& value) {
  put(message, attribute, &value, sizeof(value));
}

// A NETLINK_ROUTE socket of the network namespace in which it was opened. For one thread at a time.
class RouteSocket {
 public:
  using Reader = std::function<void(nlmsghdr&)>;

  static Result<RouteSocket> open();
  // One that gets the events of these groups (RTNLGRP_*), with as large a buffer as can be had.
  static Result<RouteSocket> subscribe(std::initializer_list<int> groups);

  // Sends a request and hands each message of the answer to read. Returns the error that the kernel
  // answered with; interrupted (EINTR) if the table changed while it was dumped.
  std::error_code exchange(nl_msg& request, const Reader& read);
  // Hands over the whole table of which `type` (RTM_GET...) asks, for all families of addresses.
  // Begins again if the table changes meanwhile, so that an entry may come more than once, and one
  // that has just been deleted.
  std::error_code dump(uint16_t type, const Reader& read);

  // Hands over all events that wait; waits for none. False if the kernel had to drop some.
  bool drain(const Reader& read);
  [[nodiscard]] int fd() const;

 private:
  struct Deleter {
    void operator()(nl_sock* socket) const;
  };
  explicit RouteSocket(std::unique_ptr<nl_sock, Deleter> socket) : socket_(std::move(socket)) {}

  std::unique_ptr<nl_sock, Deleter> socket_;
};

}  // namespace ricochet
