// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace ricochet {
namespace {

constexpr std::array<uint8_t, 12> kIpv4Begins{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t kIpv4Offset = kIpv4Begins.size();  // of the four octets of an IPv4 address
constexpr uint8_t kIpv4LoopbackNet = 127;
constexpr Address::Octets kIpv6Loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

Address Address::from_ipv4_host_order(uint32_t value) {
  return from_ipv4_network_order(htonl(value));
}

Address Address::from_ipv4_network_order(uint32_t value) {
  Address address;
  std::memcpy(&address.octets_[kIpv4Offset], &value, sizeof(value));
  return address;
}

Result<Address> Address::parse(std::string_view text) {
  if (const size_t percent = text.find('%'); percent != std::string_view::npos) {
    return error("'{}' names an interface beside the address: write '{}' alone", text,
                 text.substr(0, percent));
  }
  const std::string terminated(text);
  // For the library the text would end at a NUL.
  const bool is_text = terminated.size() == std::strlen(terminated.c_str());
  in_addr ipv4{};
  if (is_text && ::inet_pton(AF_INET, terminated.c_str(), &ipv4) == 1) {
    return from_ipv4_network_order(ipv4.s_addr);
  }
  Address address;
  if (!is_text || ::inet_pton(AF_INET6, terminated.c_str(), address.octets_.data()) != 1) {
    return error(
        "'{}' is not an IP address: write four numbers from 0 to 255, as in 10.0.0.1, or one of "
        "IPv6, as in 2001:db8::1",
        text);
  }
  if (address.is_ipv4()) {
    return error("'{}' is an IPv4 address written as IPv6: write {}", text, address.to_string());
  }
  return address;
}

bool Address::is_ipv4() const {
  return std::ranges::equal(kIpv4Begins, std::span(octets_).first<kIpv4Offset>());
}

bool Address::is_loopback() const {
  return is_ipv4() ? octets_[kIpv4Offset] == kIpv4LoopbackNet : octets_ == kIpv6Loopback;
}

uint32_t Address::ipv4_host_order() const {
  return ntohl(ipv4_network_order());
}

uint32_t Address::ipv4_network_order() const {
  uint32_t value = 0;
  std::memcpy(&value, &octets_[kIpv4Offset], sizeof(value));
  return value;
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool ipv4 = is_ipv4();
  ::inet_ntop(ipv4 ? AF_INET : AF_INET6, &octets_[ipv4 ? kIpv4Offset : 0], text.data(),
              text.size());
  return text.data();
}

}  // namespace ricochet
