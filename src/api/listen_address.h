// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "net/address.h"

namespace ricochet {

// TCP.
struct InternetAddress {
  Address address;
  uint16_t port = 0;  // 0: the kernel chooses one
};

// A Unix socket in the file system.
struct SocketPath {
  std::string path;
};

// Where the API listens.
using ListenAddress = std::variant<InternetAddress, SocketPath>;

// "127.0.0.1:5000", "[::1]:5000", "unix:/run/ricochet/router/api.sock".
std::string to_string(const ListenAddress& address);
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace ricochet
