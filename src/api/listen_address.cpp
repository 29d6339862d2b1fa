// SPDX-License-Identifier: Apache-2.0
#include "api/listen_address.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace ricochet {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

Result<ListenAddress> parse_path(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax) {
    return error("'{}': the path of a Unix socket has 1 to {} bytes", path, kPathBytesMax);
  }
  return ListenAddress(SocketPath{std::string(path)});
}

}  // namespace

std::string to_string(const ListenAddress& address) {
  if (const auto* unix_socket = std::get_if<SocketPath>(&address)) {
    return fmt::format("{}{}", kUnix, unix_socket->path);
  }
  const auto& internet = std::get<InternetAddress>(address);
  return fmt::format("{}:{}", internet.address.to_string(), internet.port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_path(text.substr(kUnix.size()));
  const size_t colon = std::min(text.find(':'), text.size());
  const auto address = Address::parse(text.substr(0, colon));
  const std::string_view port_text = text.substr(std::min(colon + 1, text.size()));
  uint16_t port = 0;
  const auto [end, code] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (!address || code != std::errc{} || end != port_text.data() + port_text.size()) {
    return error("'{}': write an IPv4 address and a port, as in 127.0.0.1:5000, or unix:PATH",
                 text);
  }
  return ListenAddress(InternetAddress{.address = *address, .port = port});
}

}  // namespace ricochet
