// SPDX-License-Identifier: Apache-2.0
#include "dataplane/pinned_maps.h"

#include <bpf/bpf.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

enum class Kind {
  own,  // of one program: never pinned
  table,
  counter,
  cache,
};

// The names and what is lost with them.
struct CounterMap {
  std::string_view name;
  std::string_view holds;
};
constexpr std::array<CounterMap, 3> kCounterMaps = {{
    {"backend_traffic", "the packets and bytes of each backend"},
    {"router_counters", "the packet counters of the router's verdicts"},
    {"agent_counters", "the packet counters of the agent's verdicts"},
}};
constexpr std::string_view kTapPrefix = "tap_";
constexpr std::array<std::string_view, 2> kFlowMaps = {"pins", "flows"};
// The interfaces belong to the program: each daemon fills its own before it attaches.
constexpr std::string_view kPortMacs = "port_macs";

Kind kind_of(const bpf_map* map) {
  // What a cache of fragments has lost is seldom missed.
  const bpf_map_type type = bpf_map__type(map);
  const std::string_view name = bpf_map__name(map);
  if (bpf_map__is_internal(map) || type == BPF_MAP_TYPE_DEVMAP_HASH || name == kPortMacs ||
      type == BPF_MAP_TYPE_LRU_HASH) {
    return Kind::own;
  }
  if (name.starts_with(kTapPrefix) || std::ranges::find(kFlowMaps, name) != kFlowMaps.end())
    return Kind::cache;
  for (const CounterMap& counters : kCounterMaps) {
    if (counters.name == name) return Kind::counter;
  }
  return Kind::table;
}

std::string describe_counters(std::string_view name) {
  for (const CounterMap& counters : kCounterMaps) {
    if (counters.name == name) return fmt::format("{} ({})", counters.holds, name);
  }
  return std::string(name);
}

struct Pinned {
  bpf_map* map;
  Kind kind;
  Fd fd;              // of the pinned map; none: there is no such pin
  bool fits = false;  // it has the layout that is wanted
};

std::optional<bpf_map_info> info_of(int fd) {
  bpf_map_info info{};
  __u32 bytes = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &bytes) != 0) return std::nullopt;
  return info;
}

Pinned look_up(bpf_map* map, const StateDir& state) {
  Pinned pinned{.map = map, .kind = kind_of(map), .fd = {}};
  if (pinned.kind == Kind::own) return pinned;
  pinned.fd = Fd(bpf_obj_get(state.pin(bpf_map__name(map)).c_str()));
  if (!pinned.fd.valid()) return pinned;
  const auto info = info_of(pinned.fd.get());
  pinned.fits =
      info && info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
      info->value_size == bpf_map__value_size(map) &&
      info->max_entries == bpf_map__max_entries(map) && info->map_flags == bpf_map__map_flags(map);
  return pinned;
}

std::vector<Pinned> look_up_all(bpf_object* object, const StateDir& state) {
  std::vector<Pinned> all;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) all.push_back(look_up(map, state));
  return all;
}

// The counters tell whose directory it is.
Result<void> check_program(const bpf_object* object, const StateDir& state) {
  for (const CounterMap& counters : kCounterMaps) {
    const std::string name(counters.name);
    std::error_code ignored;
    if (bpf_object__find_map_by_name(object, name.c_str()) == nullptr &&
        std::filesystem::exists(state.pin(name), ignored)) {
      return error("{} is the state of another program, which counts {}: choose another --state",
                   state.path().string(), counters.holds);
    }
  }
  return {};
}

// An error for the counters that do not fit, if there are any.
Result<void> check_loss(const std::vector<Pinned>& maps, bool allow_loss) {
  std::vector<std::string> lost;
  for (const Pinned& pinned : maps) {
    if (pinned.kind != Kind::counter || !pinned.fd.valid() || pinned.fits) continue;
    lost.push_back(describe_counters(bpf_map__name(pinned.map)));
  }
  if (lost.empty()) return {};
  const std::string list = fmt::format("{}", fmt::join(lost, ", "));
  if (!allow_loss) {
    return error(
        "this version counts in another layout, so these would be lost: {}. --allow-loss lets them "
        "begin at 0; until then the program that is attached goes on as it is",
        list);
  }
  spdlog::warn("these begin at 0, this version counts in another layout: {}", list);
  return {};
}

}  // namespace

Result<PinnedMaps> PinnedMaps::share(bpf_object* object, const StateDir& state, bool allow_loss) {
  if (auto ours = check_program(object, state); !ours) return ours.error();
  state.abandon_pins();
  PinnedMaps shared(state);
  std::vector<Pinned> maps = look_up_all(object, state);
  if (auto accepted = check_loss(maps, allow_loss); !accepted) return accepted.error();

  bool any_table = false;
  shared.tables_taken_over_ = true;
  for (const Pinned& pinned : maps) {
    if (pinned.kind != Kind::table) continue;
    any_table |= pinned.fd.valid();
    shared.tables_taken_over_ &= pinned.fits;
  }
  if (any_table && !shared.tables_taken_over_) {
    spdlog::info("the tables have another layout: new ones take over when they are filled");
  }

  shared.all_taken_over_ = true;
  for (Pinned& pinned : maps) {
    if (pinned.kind == Kind::own) continue;
    const bool take = pinned.fits && (pinned.kind != Kind::table || shared.tables_taken_over_);
    shared.all_taken_over_ &= take;
    if (take && bpf_map__reuse_fd(pinned.map, pinned.fd.get()) != 0) {
      return error("cannot take over the map {}: {}", bpf_map__name(pinned.map),
                   std::strerror(errno));
    }
    if (pinned.fits && !take) {
      shared.replaced_.emplace(bpf_map__name(pinned.map), std::move(pinned.fd));
    }
  }
  return shared;
}

const Fd& PinnedMaps::replaced(std::string_view table) const {
  static const Fd none;
  const auto found = replaced_.find(table);
  return found == replaced_.end() ? none : found->second;
}

Result<void> PinnedMaps::pin(const bpf_object* object) const {
  if (all_taken_over_) return {};
  if (auto begun = state_.begin_pins(); !begun) return begun;
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (kind_of(map) == Kind::own) continue;
    if (bpf_obj_pin(bpf_map__fd(map), state_.new_pin(bpf_map__name(map)).c_str()) != 0) {
      Error failure = error("cannot pin the map {}: {}", bpf_map__name(map), std::strerror(errno));
      state_.abandon_pins();
      return failure;
    }
  }
  return state_.commit_pins();
}

Result<uint32_t> map_entries(int fd) {
  const auto info = info_of(fd);
  if (!info) return error("cannot look at a map: {}", std::strerror(errno));
  return info->max_entries;
}

Result<Fd> open_pinned_map(const std::filesystem::path& pin, bpf_map_type type,
                           uint32_t value_bytes) {
  Fd fd(bpf_obj_get(pin.c_str()));
  if (!fd.valid()) return error("cannot open {}: {}", pin.string(), std::strerror(errno));
  const auto info = info_of(fd.get());
  if (!info) return error("cannot look at {}: {}", pin.string(), std::strerror(errno));
  if (info->type != type || info->value_size != value_bytes) {
    return error("{} is of another version of ricochet: restart the daemon with this one",
                 pin.string());
  }
  return fd;
}

}  // namespace ricochet
