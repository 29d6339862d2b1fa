// SPDX-License-Identifier: Apache-2.0
#include "api/listen_address.h"

#include <sys/un.h>

#include <charconv>

#include "net/endpoint.h"

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
  return join_endpoint(internet.address, internet.port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_path(text.substr(kUnix.size()));
  const EndpointText parts = split_endpoint(text);
  const auto address = Address::parse(parts.address);
  const std::string_view port_text = parts.port.value_or(std::string_view());
  uint16_t port = 0;
  const auto [end, code] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (!address || code != std::errc{} || end != port_text.data() + port_text.size()) {
    return error(
        "'{}': write an address and a port, as in 127.0.0.1:5000 or [::1]:5000, or unix:PATH",
        text);
  }
  return ListenAddress(InternetAddress{.address = *address, .port = port});
}

}  // namespace ricochet
