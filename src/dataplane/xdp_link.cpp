// SPDX-License-Identifier: Apache-2.0
#include "dataplane/xdp_link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "spdlog/spdlog.h"
#include "util/fd.h"

namespace ricochet {
namespace {

// The link pinned there if it still belongs to this interface. One whose interface went away, or
// came back under another index, is removed.
std::optional<Fd> find_link(const std::filesystem::path& pin, uint32_t ifindex) {
  Fd link(bpf_obj_get(pin.c_str()));
  if (!link.valid()) return std::nullopt;
  bpf_link_info info{};
  __u32 bytes = sizeof(info);
  if (bpf_obj_get_info_by_fd(link.get(), &info, &bytes) == 0 && info.xdp.ifindex == ifindex) {
    return link;
  }
  std::error_code ignored;
  std::filesystem::remove(pin, ignored);
  return std::nullopt;
}

Fd create_link(int program_fd, uint32_t ifindex, __u32 mode) {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode);
  return Fd(bpf_link_create(program_fd, static_cast<int>(ifindex), BPF_XDP, &options));
}

Error refused(const Interface& interface, int code) {
  if (code == EBUSY || code == EEXIST) {
    return error(
        "{} has an XDP program already. Detach it first: its own tool, or "
        "`ip link set dev {} xdp off`, or `ricochet detach` for a link of Ricochet's",
        interface.name, interface.name);
  }
  return error("cannot attach to {}: {}", interface.name, std::strerror(code));
}

}  // namespace

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

bool runs_native(uint32_t ifindex) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (bpf_xdp_query(static_cast<int>(ifindex), 0, &query) != 0) return false;
  return query.attach_mode == XDP_ATTACHED_DRV || query.attach_mode == XDP_ATTACHED_HW;
}

Result<AttachedLink> attach_xdp(int program_fd, const Interface& interface,
                                const std::filesystem::path& pin) {
  if (const auto link = find_link(pin, interface.ifindex)) {
    if (bpf_link_update(link->get(), program_fd, nullptr) != 0) {
      return refused(interface, errno);
    }
    return AttachedLink{runs_native(interface.ifindex), true};
  }
  Fd link = create_link(program_fd, interface.ifindex, XDP_FLAGS_DRV_MODE);
  const bool native = link.valid();
  if (!native) {
    const int native_code = errno;
    if (native_code == EBUSY || native_code == EEXIST) return refused(interface, native_code);
    link = create_link(program_fd, interface.ifindex, XDP_FLAGS_SKB_MODE);
    if (!link.valid()) return refused(interface, errno);
    spdlog::warn("{}: its driver refuses native XDP ({}); using generic XDP, which is slower",
                 interface.name, std::strerror(native_code));
  }
  if (bpf_obj_pin(link.get(), pin.c_str()) != 0) {
    return error("cannot pin the link of {} at {}: {}", interface.name, pin.string(),
                 std::strerror(errno));
  }
  return AttachedLink{native, false};
}

}  // namespace ricochet
