// SPDX-License-Identifier: Apache-2.0
#include "headers.h"

#include <algorithm>

#include "reading.h"

namespace ricochet::reference {
namespace {

constexpr uint16_t kIpv4EtherType = 0x0800;
constexpr uint16_t kIpv6EtherType = 0x86dd;
constexpr uint16_t kVlanEtherTypes[] = {0x8100, 0x88a8};  // 802.1Q, 802.1ad
constexpr size_t kVlanTagBytes = 4;
constexpr int kVlanTagsMax = 2;

Mac mac(const Bytes& bytes, size_t at) {
  Mac mac;
  std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), mac.size(), mac.begin());
  return mac;
}

bool is_vlan(uint16_t type) {
  return std::ranges::find(kVlanEtherTypes, type) != std::end(kVlanEtherTypes);
}

}  // namespace

std::variant<Headers, Unreadable> read_headers(const Bytes& frame) {
  if (frame.size() < kEthernetBytes) return Unreadable::malformed;
  Headers headers;
  headers.destination_mac = mac(frame, 0);
  headers.source_mac = mac(frame, 6);
  headers.ip_at = kEthernetBytes;
  uint16_t type = number16(frame, 12);
  for (int tags = 0; tags < kVlanTagsMax && is_vlan(type); tags++) {
    if (frame.size() < headers.ip_at + kVlanTagBytes) return Unreadable::malformed;
    type = number16(frame, headers.ip_at + 2);
    headers.ip_at += kVlanTagBytes;
  }
  if (type != kIpv4EtherType && type != kIpv6EtherType) return Unreadable::not_ip;
  const auto unreadable =
      type == kIpv4EtherType ? read_ipv4(frame, headers) : read_ipv6(frame, headers);
  if (unreadable) return *unreadable;
  return headers;
}

FragmentKey fragment_key(const Headers& headers) {
  return {.source = headers.source,
          .destination = headers.destination,
          .id = headers.id,
          .protocol = headers.is_ipv4() ? headers.protocol : uint8_t{0}};
}

std::optional<FragmentKey> first_fragment_key(const Bytes& frame) {
  const auto read = read_headers(frame);
  const auto* headers = std::get_if<Headers>(&read);
  if (!headers || headers->fragment != Fragment::first) return std::nullopt;
  return fragment_key(*headers);
}

}  // namespace ricochet::reference
