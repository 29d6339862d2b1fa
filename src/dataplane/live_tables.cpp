// SPDX-License-Identifier: Apache-2.0
#include "dataplane/live_tables.h"

#include <bpf/bpf.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "dataplane/bpf_map.h"
#include "dataplane/state_dir.h"
#include "router.skel.h"
#include "util/fd.h"

namespace ricochet {
namespace {

// The load-time constants of the program.
using Constants = std::remove_pointer_t<decltype(router_bpf::rodata)>;

// libbpf names their map after the object, cut to what fits.
constexpr std::string_view kConstantsSuffix = ".rodata";
constexpr uint32_t kMapsOfProgramMax = 64;

struct Attachment {
  uint32_t program_id = 0;
  std::map<uint32_t, std::string> interfaces;  // with a link, by ifindex
};

template <class Info>
bool get_info(const Fd& fd, Info& info) {
  __u32 bytes = sizeof(info);
  return bpf_obj_get_info_by_fd(fd.get(), &info, &bytes) == 0;
}

Error failed_to(std::string_view what) {
  return error("cannot {}: {}. Run as root", what, std::strerror(errno));
}

// All links hold the same program: a daemon that starts replaces it in each of them.
Result<Attachment> find_attachment(const StateDir& state) {
  Attachment found;
  for (const std::string& name : state.linked_interfaces()) {
    const Fd link(bpf_obj_get(state.link_pin(name).c_str()));
    bpf_link_info info{};
    if (!link.valid() || !get_info(link, info)) return failed_to("read the link of " + name);
    if (info.xdp.ifindex == 0) continue;  // its interface went away
    found.program_id = info.prog_id;
    found.interfaces[info.xdp.ifindex] = name;
  }
  if (found.interfaces.empty()) {
    return error(
        "the program of {} hangs on no interface, so nothing is forwarded: start the daemon, and "
        "see that its ports are there",
        state.path().string());
  }
  return found;
}

// By their names in the kernel.
Result<std::map<std::string, Fd>> maps_of_program(uint32_t id) {
  const Fd program(bpf_prog_get_fd_by_id(id));
  if (!program.valid()) return failed_to("open the program");
  std::array<uint32_t, kMapsOfProgramMax> ids{};
  bpf_prog_info info{};
  info.nr_map_ids = ids.size();
  info.map_ids = reinterpret_cast<uintptr_t>(ids.data());
  if (!get_info(program, info)) return failed_to("look at the program");
  std::map<std::string, Fd> maps;
  for (const uint32_t map_id : std::span(ids).first(info.nr_map_ids)) {
    Fd map(bpf_map_get_fd_by_id(map_id));
    bpf_map_info map_info{};
    if (!map.valid() || !get_info(map, map_info)) return failed_to("open a map of the program");
    std::string name = map_info.name;
    if (name.ends_with(kConstantsSuffix)) name = kConstantsSuffix;
    maps.insert_or_assign(std::move(name), std::move(map));
  }
  return maps;
}

class ProgramTables final : public LiveTables {
 public:
  ProgramTables(std::map<std::string, Fd> maps, std::map<uint32_t, std::string> interfaces)
      : maps_(std::move(maps)), interfaces_(std::move(interfaces)) {}

  // False if a map is missing or of another shape than this version's.
  bool find_maps();

  uint64_t flow_seed() const override { return seed_; }
  std::optional<rch_pool_index> service(uint64_t key) const override;
  std::optional<PrefixMatch> prefix(Ipv4Address address) const override;
  uint64_t pool_word(rch_pool_index pool) const override { return pools_.get(pool).value_or(0); }
  rch_bucket bucket(uint32_t index) const override {
    return buckets_.get(index).value_or(rch_bucket{});
  }
  rch_backend backend(uint16_t slot) const override {
    return backends_.get(slot).value_or(rch_backend{});
  }
  std::optional<rch_nexthop> neighbour(Ipv4Address address) const override {
    return neighbours_.get(address.network_order());
  }
  std::optional<uint32_t> port(uint16_t port) const override { return ports_.get(port); }
  std::string interface_name(uint32_t ifindex) const override {
    const auto found = interfaces_.find(ifindex);
    return found == interfaces_.end() ? fmt::format("if{}", ifindex) : found->second;
  }

 private:
  template <class Key, class Value>
  bool find_map(std::string_view name, BpfMap<Key, Value>& map) const;

  std::map<std::string, Fd> maps_;
  std::map<uint32_t, std::string> interfaces_;
  uint64_t seed_ = 0;
  BpfMap<uint32_t, rch_word_set> services_{"services", -1};
  BpfMap<rch_prefix_key, rch_pool_index> prefixes_{"prefixes", -1};
  BpfMap<rch_pool_index, uint64_t> pools_{"pools", -1};
  BpfMap<uint32_t, rch_bucket> buckets_{"buckets", -1};
  BpfMap<uint32_t, rch_backend> backends_{"backends", -1};
  BpfMap<uint32_t, rch_nexthop> neighbours_{"neighbours", -1};
  BpfMap<uint32_t, uint32_t> ports_{"ports", -1};
};

template <class Key, class Value>
bool ProgramTables::find_map(std::string_view name, BpfMap<Key, Value>& map) const {
  const auto found = maps_.find(std::string(name));
  bpf_map_info info{};
  if (found == maps_.end() || !get_info(found->second, info)) return false;
  map = BpfMap<Key, Value>(name, found->second.get());
  return info.key_size == sizeof(Key) && info.value_size == sizeof(Value);
}

bool ProgramTables::find_maps() {
  BpfMap<uint32_t, Constants> constants(kConstantsSuffix, -1);
  if (!find_map(kConstantsSuffix, constants)) return false;
  const auto values = constants.get(0);
  if (!values) return false;
  seed_ = values->flow_seed;
  return find_map("services", services_) && find_map("prefixes", prefixes_) &&
         find_map("pools", pools_) && find_map("buckets", buckets_) &&
         find_map("backends", backends_) && find_map("neighbours", neighbours_) &&
         find_map("ports", ports_);
}

// As find_word in bpf/word_table.h.
std::optional<rch_pool_index> ProgramTables::service(uint64_t key) const {
  const uint32_t index = rch_word_set_index(key, RCH_SERVICE_SETS);
  if (key == 0) return std::nullopt;
  for (const uint32_t set : {index, index ^ 1}) {
    for (const __u64 word : services_.get(set).value_or(rch_word_set{}).word) {
      if (word >> RCH_WORD_VALUE_BITS == key) return static_cast<uint8_t>(word);
    }
  }
  return std::nullopt;
}

// A look-up of the kernel would not say which prefix it found.
std::optional<PrefixMatch> ProgramTables::prefix(Ipv4Address address) const {
  std::optional<PrefixMatch> longest;
  for (const auto& [key, pool] : prefixes_.entries()) {
    const uint32_t mask = key.length == 0 ? 0 : ~uint32_t{0} << (32 - key.length);
    const auto network = Ipv4Address::from_network_order(key.address);
    const auto prefix = Ipv4Prefix::make(network, key.length);
    if (!prefix || (address.host_order() & mask) != network.host_order()) continue;
    if (!longest || prefix->length() > longest->prefix.length()) longest = {*prefix, pool};
  }
  return longest;
}

}  // namespace

Result<std::unique_ptr<LiveTables>> LiveTables::open(const std::filesystem::path& state_dir) {
  const auto state = StateDir::open(state_dir);
  if (!state) return state.error();
  auto attachment = find_attachment(*state);
  if (!attachment) return attachment.error();
  auto maps = maps_of_program(attachment->program_id);
  if (!maps) return maps.error();
  return of(*std::move(maps), std::move(attachment->interfaces));
}

Result<std::unique_ptr<LiveTables>> LiveTables::of(std::map<std::string, Fd> maps,
                                                   std::map<uint32_t, std::string> interfaces) {
  auto tables = std::make_unique<ProgramTables>(std::move(maps), std::move(interfaces));
  if (!tables->find_maps()) {
    return error(
        "the program is an agent's, or of another version of ricochet: give the --state of the "
        "router, or restart its daemon with this version");
  }
  return std::unique_ptr<LiveTables>(std::move(tables));
}

}  // namespace ricochet
