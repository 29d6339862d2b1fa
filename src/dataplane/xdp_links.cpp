// SPDX-License-Identifier: Apache-2.0
#include "dataplane/xdp_links.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/ranges.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

Fd create_link(int program_fd, uint32_t ifindex, __u32 mode) {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode);
  return Fd(bpf_link_create(program_fd, static_cast<int>(ifindex), BPF_XDP, &options));
}

// ifindex 0: its interface went away.
Result<LinkedProgram> read_link(const Fd& link) {
  bpf_link_info info{};
  __u32 bytes = sizeof(info);
  if (bpf_obj_get_info_by_fd(link.get(), &info, &bytes) != 0) {
    return error("cannot ask where an XDP link is: {}", std::strerror(errno));
  }
  return LinkedProgram{.ifindex = info.xdp.ifindex, .program_id = info.prog_id};
}

// Not valid: nothing is pinned there.
Result<Fd> open_link(const std::filesystem::path& pin) {
  Fd link(bpf_obj_get(pin.c_str()));
  if (link.valid() || errno == ENOENT) return link;
  return error("cannot open the XDP link pinned at {}: {}", pin.string(), std::strerror(errno));
}

bool is_taken(int code) {
  return code == EBUSY || code == EEXIST;
}

Error cannot_attach(const std::string& port, uint32_t ifindex, int code) {
  __u32 program_id = 0;
  if (code == EEXIST && bpf_xdp_query_id(static_cast<int>(ifindex), 0, &program_id) == 0 &&
      program_id == 0) {
    return error(
        "a device on top of {} (bond, bridge, VLAN) has an XDP program, and the kernel allows none "
        "below it. Detach that one first; `ip -d link` shows both",
        port);
  }
  if (is_taken(code)) {
    return error(
        "{} has an XDP program already. Detach it first: its own tool, or "
        "`ip link set dev {} xdp off`, or `ricochet detach` for a link of Ricochet's",
        port, port);
  }
  return error("cannot attach to {}: {}", port, std::strerror(code));
}

}  // namespace

Result<void> XdpLinks::check(const std::vector<Port>& ports) const {
  for (const Link& link : find_new(ports)) {
    if (link.failure && is_there(link.ifindex)) return *link.failure;
    __u32 program_id = 0;
    if (link.pinned || bpf_xdp_query_id(static_cast<int>(link.ifindex), 0, &program_id) != 0) {
      continue;
    }
    if (program_id != 0) return cannot_attach(link.port, link.ifindex, EBUSY);
  }
  return {};
}

std::optional<XdpLinks::Refusal> XdpLinks::attach(int program_fd, const std::vector<Port>& ports) {
  release_others(ports);
  Links added = find_new(ports);
  // Else it would look like a port without a link, or like one that runs generic XDP.
  const auto unknown =
      std::ranges::find_if(added, [](const Link& link) { return link.failure.has_value(); });
  if (unknown != added.end()) return refusal(*unknown, Refusal::Kind::failed, *unknown->failure);
  std::vector<std::string> refusing;
  const auto is_generic = [](const Link& link) { return link.pinned && !link.native; };
  bool generic = std::ranges::any_of(links_, is_generic) || std::ranges::any_of(added, is_generic);
  if (!generic) {
    if (auto refused = make_native(program_fd, added, refusing)) return refused;
    generic = !refusing.empty();
  }
  if (generic) {
    if (auto refused = make_generic(program_fd, added)) return refused;
  }
  for (const Link& link : added) {
    if (link.pinned && bpf_link_update(link.fd.get(), program_fd, nullptr) != 0) {
      return refusal(link, errno);
    }
  }
  if (auto refused = pin(added)) return refused;
  std::ranges::move(added, std::back_inserter(links_));
  remove_others(ports);
  report(refusing);
  return std::nullopt;
}

XdpLinks::Refusal XdpLinks::refusal(const Link& link, int code) {
  // The kernel has several codes for an interface that is not there, and uses them for others, too.
  return refusal(link, is_taken(code) ? Refusal::Kind::taken : Refusal::Kind::failed,
                 cannot_attach(link.port, link.ifindex, code));
}

XdpLinks::Refusal XdpLinks::refusal(const Link& link, Refusal::Kind kind, Error error) {
  return {.port = link.index,
          .kind = is_there(link.ifindex) ? kind : Refusal::Kind::gone,
          .error = std::move(error)};
}

// Gives up what it holds of ports that are not there, or that are another interface.
void XdpLinks::release_others(const std::vector<Port>& ports) {
  std::erase_if(links_, [&](const Link& link) {
    const auto& interface = ports[link.index].interface;
    const auto linked = read_link(link.fd);
    return !interface || (linked && linked->ifindex != interface->ifindex);
  });
}

// Whether an earlier daemon left a link there, and of what mode.
Result<void> XdpLinks::look_up(Link& link) {
  auto fd = open_link(link.path);
  if (!fd) return fd.error();
  link.fd = *std::move(fd);
  if (!link.fd.valid()) return {};
  const auto linked = read_link(link.fd);
  if (!linked) return linked.error();
  link.pinned = linked->ifindex == link.ifindex;
  if (!link.pinned) return {};
  const auto program = query_program(link.ifindex);
  if (!program) {
    return error("cannot ask for the mode of the XDP program on {}: {}", link.port,
                 std::strerror(errno));
  }
  link.native = program->native;
  link.news = "adopted";
  return {};
}

XdpLinks::Links XdpLinks::find_new(const std::vector<Port>& ports) const {
  Links links;
  for (size_t index = 0; index < ports.size(); ++index) {
    const Port& port = ports[index];
    if (!port.interface || std::ranges::find(links_, index, &Link::index) != links_.end()) continue;
    Link link{.index = index,
              .port = port.name,
              .ifindex = port.interface->ifindex,
              .path = state_.link_pin(port.name)};
    if (auto known = look_up(link); !known) link.failure = known.error();
    links.push_back(std::move(link));
  }
  return links;
}

// Those that are not there yet. Fills `refusing` with the ports whose driver has no XDP.
std::optional<XdpLinks::Refusal> XdpLinks::make_native(int program_fd, Links& links,
                                                       std::vector<std::string>& refusing) {
  for (Link& link : links) {
    if (link.pinned) continue;
    link.fd = create_link(program_fd, link.ifindex, XDP_FLAGS_DRV_MODE);
    link.native = link.fd.valid();
    if (link.native) continue;
    const int code = errno;
    Refusal refused = refusal(link, code);
    if (refused.kind != Refusal::Kind::failed) return refused;
    refusing.push_back(fmt::format("{} ({})", link.port, std::strerror(code)));
  }
  return std::nullopt;
}

// New links first, because they may be refused: then the native ones are still there.
std::optional<XdpLinks::Refusal> XdpLinks::make_generic(int program_fd, Links& added) {
  for (Link& link : added) {
    if (link.pinned) continue;
    link.fd.reset();
    link.native = false;
    link.fd = create_link(program_fd, link.ifindex, XDP_FLAGS_SKB_MODE);
    if (!link.fd.valid()) return refusal(link, errno);
  }
  for (Links* links : {&links_, &added}) {
    for (Link& link : *links) {
      if (!link.native) continue;
      // The kernel has no way to change the mode of a link.
      std::error_code ignored;
      bpf_link_detach(link.fd.get());
      std::filesystem::remove(link.path, ignored);
      link.fd = create_link(program_fd, link.ifindex, XDP_FLAGS_SKB_MODE);
      if (!link.fd.valid()) return refusal(link, errno);
      if (bpf_obj_pin(link.fd.get(), link.path.c_str()) != 0) return refusal(link, errno);
      link.native = false;
      link.news = "was native";
    }
  }
  return std::nullopt;
}

std::optional<XdpLinks::Refusal> XdpLinks::pin(Links& links) {
  std::vector<std::filesystem::path> made;
  std::error_code ignored;
  for (Link& link : links) {
    if (link.pinned) continue;
    std::filesystem::remove(link.path, ignored);  // of an interface that went away
    link.pinned = bpf_obj_pin(link.fd.get(), link.path.c_str()) == 0;
    if (link.pinned) {
      made.push_back(link.path);
      continue;
    }
    const int code = errno;
    for (const auto& path : made) std::filesystem::remove(path, ignored);
    return Refusal{.port = link.index,
                   .kind = Refusal::Kind::failed,
                   .error = error("cannot pin the link of {} at {}: {}", link.port,
                                  link.path.string(), std::strerror(code))};
  }
  return std::nullopt;
}

void XdpLinks::remove_others(const std::vector<Port>& ports) const {
  for (const std::string& name : state_.linked_interfaces()) {
    const auto port = std::ranges::find(ports, name, &Port::name);
    if (port != ports.end() && port->interface) continue;
    std::error_code ignored;
    std::filesystem::remove(state_.link_pin(name), ignored);
    spdlog::info(
        "{}: detached, {}", name,
        port == ports.end() ? "it is no longer among the ports" : "it is gone, or cannot be had");
  }
}

void XdpLinks::report(const std::vector<std::string>& refusing) {
  const bool native = std::ranges::all_of(links_, &Link::native);
  if (!refusing.empty() && links_.size() == 1) {
    spdlog::warn("no native XDP on {}: using generic XDP, which is slower", refusing.front());
  } else if (!refusing.empty()) {
    spdlog::warn(
        "no native XDP on {}: all ports use generic XDP, which is slower, because packets that "
        "native XDP sends into such an interface are lost. For native XDP name ports whose driver "
        "has it, such as the members of a bond or a bridge instead of the whole",
        fmt::join(refusing, ", "));
  } else if (!native && native_ != false) {
    spdlog::warn(
        "still on generic XDP, which is slower; to try native XDP run `ricochet detach --state {}` "
        "before the start",
        state_.path().string());
  }
  native_ = native;
  for (Link& link : links_) {
    const std::string_view news = std::exchange(link.news, "");
    if (news.empty()) continue;
    spdlog::info("{}: XDP {} ({})", link.port, link.native ? "native" : "generic", news);
  }
}

Result<LinkedProgram> linked_program(const std::filesystem::path& pin) {
  const auto link = open_link(pin);
  if (!link) return link.error();
  return link->valid() ? read_link(*link) : LinkedProgram{};
}

Result<std::map<uint32_t, std::string>> find_linked(const StateDir& state) {
  std::map<uint32_t, std::string> found;
  for (const std::string& name : state.linked_interfaces()) {
    const auto linked = linked_program(state.link_pin(name));
    if (!linked) return linked.error();
    if (linked->ifindex != 0) found[linked->ifindex] = name;
  }
  return found;
}

}  // namespace ricochet
