// SPDX-License-Identifier: Apache-2.0
#include "dataplane/interface.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "util/fd.h"

namespace ricochet {

Result<Interface> find_interface(const std::string& name) {
  const unsigned ifindex = ::if_nametoindex(name.c_str());
  if (ifindex == 0 || name.size() >= IFNAMSIZ) {
    return error("there is no interface {} in this network namespace; `ip link` lists them", name);
  }
  ifreq request{};
  std::memcpy(request.ifr_name, name.c_str(), name.size() + 1);
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid() || ::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) {
    return error("cannot read the MAC address of {}: {}", name, std::strerror(errno));
  }
  std::array<uint8_t, 6> octets{};
  std::memcpy(octets.data(), request.ifr_hwaddr.sa_data, octets.size());
  return Interface{name, ifindex, MacAddress(octets)};
}

bool is_there(uint32_t ifindex) {
  std::array<char, IF_NAMESIZE> unused{};
  if (::if_indextoname(ifindex, unused.data()) != nullptr) return true;
  return errno != ENXIO && errno != ENODEV;  // else it could not be asked
}

std::optional<AttachedProgram> query_program(uint32_t ifindex) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (bpf_xdp_query(static_cast<int>(ifindex), 0, &query) != 0) return std::nullopt;
  const bool native = query.attach_mode == XDP_ATTACHED_DRV || query.attach_mode == XDP_ATTACHED_HW;
  return AttachedProgram{.id = query.prog_id, .native = native};
}

}  // namespace ricochet
