// SPDX-License-Identifier: Apache-2.0
#include "agent/device_facts.h"

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "util/fd.h"

namespace ricochet {
namespace {

constexpr uint32_t kLroFlag = ETH_FLAG_LRO;
constexpr uint32_t kRxvlanFlag = ETH_FLAG_RXVLAN;

ifreq request_for(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

std::optional<uint32_t> ethtool_value_of(int socket, const std::string& interface,
                                         uint32_t command) {
  ethtool_value value{};
  value.cmd = command;
  ifreq request = request_for(interface);
  request.ifr_data = reinterpret_cast<char*>(&value);
  if (::ioctl(socket, SIOCETHTOOL, &request) != 0) return std::nullopt;
  return value.data;
}

std::optional<bool> is_on(std::optional<uint32_t> value, uint32_t flag = UINT32_MAX) {
  if (!value) return std::nullopt;
  return (*value & flag) != 0;
}

std::string driver_of(int socket, const std::string& interface) {
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ifreq request = request_for(interface);
  request.ifr_data = reinterpret_cast<char*>(&driver);
  if (::ioctl(socket, SIOCETHTOOL, &request) != 0) return {};
  return {driver.driver, strnlen(driver.driver, sizeof(driver.driver))};
}

// The attribute of this type among `bytes` bytes of attributes, or null.
const rtattr* find_attribute(const rtattr* first, size_t bytes, unsigned short type) {
  auto left = static_cast<unsigned>(bytes);
  for (const rtattr* attribute = first; RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    if ((attribute->rta_type & NLA_TYPE_MASK) == type) return attribute;
  }
  return nullptr;
}

XdpMode mode_of(uint8_t attached) {
  switch (attached) {
    case XDP_ATTACHED_NONE:
      return XdpMode::none;
    case XDP_ATTACHED_SKB:
      return XdpMode::generic;
    default:
      return XdpMode::native;
  }
}

// Asks by rtnetlink, which takes no privileges.
XdpMode attached_xdp(const std::string& interface) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } question{};
  question.header.nlmsg_len = sizeof(question);
  question.header.nlmsg_type = RTM_GETLINK;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.link.ifi_index = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::send(socket.get(), &question, sizeof(question), 0) < 0) return XdpMode::none;

  alignas(nlmsghdr) std::array<char, 32768> answer;
  const ssize_t bytes = ::recv(socket.get(), answer.data(), answer.size(), 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (bytes < 0 || !NLMSG_OK(header, static_cast<size_t>(bytes)) ||
      header->nlmsg_type != RTM_NEWLINK) {
    return XdpMode::none;
  }
  const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
  const rtattr* xdp = find_attribute(IFLA_RTA(link), IFLA_PAYLOAD(header), IFLA_XDP);
  if (xdp == nullptr) return XdpMode::none;
  const rtattr* attached = find_attribute(static_cast<const rtattr*>(RTA_DATA(xdp)),
                                          RTA_PAYLOAD(xdp), IFLA_XDP_ATTACHED);
  if (attached == nullptr) return XdpMode::none;
  return mode_of(*static_cast<const uint8_t*>(RTA_DATA(attached)));
}

}  // namespace

void read_device(HostFacts& facts) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(facts.interface);
  facts.exists =
      facts.interface.size() < IFNAMSIZ && ::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0;
  if (!facts.exists) return;
  facts.up = (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  if (::ioctl(socket.get(), SIOCGIFMTU, &request) == 0) {
    facts.mtu_bytes = static_cast<uint32_t>(request.ifr_mtu);
  }
  facts.driver = driver_of(socket.get(), facts.interface);
  facts.checksum_offload = is_on(ethtool_value_of(socket.get(), facts.interface, ETHTOOL_GTXCSUM));
  facts.gro = is_on(ethtool_value_of(socket.get(), facts.interface, ETHTOOL_GGRO));
  const auto flags = ethtool_value_of(socket.get(), facts.interface, ETHTOOL_GFLAGS);
  facts.lro = is_on(flags, kLroFlag);
  facts.rxvlan = is_on(flags, kRxvlanFlag);
  facts.xdp = attached_xdp(facts.interface);
}

}  // namespace ricochet
