// SPDX-License-Identifier: Apache-2.0
#include "dataplane/status.h"

#include <numeric>

#include "abi/ricochet.h"
#include "dataplane/bpf_map.h"
#include "dataplane/encode.h"
#include "dataplane/interface.h"
#include "dataplane/pinned_maps.h"
#include "dataplane/state_dir.h"
#include "dataplane/xdp_links.h"
#include "util/fd.h"

namespace ricochet {
namespace {

std::vector<Counter> router_counters() {
#define X(constant, name, meaning) Counter{name, meaning},
  return {RCH_ROUTER_VERDICTS(X) RCH_ROUTER_EVENTS(X)};
#undef X
}

std::vector<Counter> agent_counters() {
#define X(constant, name, meaning) Counter{name, meaning},
  return {RCH_AGENT_VERDICTS(X) RCH_AGENT_EVENTS(X)};
#undef X
}

void fill(std::vector<Counter>& counters, int fd) {
  const BpfMap<uint32_t, uint64_t> map("counters", fd);
  for (uint32_t index = 0; index < counters.size(); ++index) {
    const auto values = map.per_cpu(index);
    counters[index].packets = std::accumulate(values.begin(), values.end(), uint64_t{0});
  }
}

BackendTraffic traffic_of(const rch_backend& backend, const std::vector<rch_traffic>& per_cpu) {
  BackendTraffic traffic;
  traffic.address = backend.flags & RCH_BACKEND_CONNECTED
                        ? "connected"
                        : decode_address(backend.address).to_string();
  traffic.live = backend.flags & RCH_BACKEND_LIVE;
  for (const rch_traffic& value : per_cpu) {
    traffic.packets += value.packets;
    traffic.bytes += value.bytes;
  }
  return traffic;
}

Result<std::vector<BackendTraffic>> read_backends(const StateDir& state) {
  const auto backends_fd =
      open_pinned_map(state.pin("backends"), BPF_MAP_TYPE_ARRAY, sizeof(rch_backend));
  if (!backends_fd) return backends_fd.error();
  const auto traffic_fd =
      open_pinned_map(state.pin("backend_traffic"), BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(rch_traffic));
  if (!traffic_fd) return traffic_fd.error();
  const BpfMap<uint32_t, rch_backend> backends("backends", backends_fd->get());
  const BpfMap<uint32_t, rch_traffic> traffic("backend_traffic", traffic_fd->get());
  std::vector<BackendTraffic> all;
  for (uint32_t id = 1; id < RCH_BACKENDS_MAX; ++id) {
    const auto backend = backends.get(id);
    if (backend && (!is_none(backend->address) || backend->flags)) {
      all.push_back(traffic_of(*backend, traffic.per_cpu(id)));
    }
  }
  return all;
}

Result<PinUse> read_pins(const StateDir& state, const char* map) {
  const auto fd = open_pinned_map(state.pin(map), BPF_MAP_TYPE_ARRAY, sizeof(rch_word_set));
  if (!fd) return fd.error();
  const auto entries = map_entries(fd->get());
  if (!entries) return entries.error();
  // A map has one entry at least, also without pins.
  const auto pins = PinTable::map(fd->get(), *entries == 1 ? 0 : *entries);
  if (!pins) return pins.error();
  return pins->use();
}

// forward is not counted by the program: it is what the backends got and no other verdict names.
void derive_forward(DataplaneStatus& status) {
  uint64_t forwarded = 0;
  for (const BackendTraffic& backend : status.backends) forwarded += backend.packets;
  uint64_t others = 0;
  for (const uint32_t verdict : {RCH_ROUTER_BOUNCED, RCH_ROUTER_FINAL, RCH_ROUTER_PINNED,
                                 RCH_ROUTER_RESTARTED, RCH_ROUTER_KEPT, RCH_ROUTER_QUIC}) {
    others += status.counters[verdict].packets;
  }
  status.counters[RCH_ROUTER_FORWARD].packets = forwarded > others ? forwarded - others : 0;
}

}  // namespace

Result<DataplaneStatus> read_status(const std::filesystem::path& state_dir) {
  const auto state = StateDir::open(state_dir);
  if (!state) return state.error();
  const Fd router(bpf_obj_get(state->pin("router_counters").c_str()));
  const Fd agent(bpf_obj_get(state->pin("agent_counters").c_str()));
  if (!router.valid() && !agent.valid()) {
    return error("cannot read the pins in {}: {}. Run as root, with the --state of the daemon",
                 state->pins().string(), std::strerror(errno));
  }
  DataplaneStatus status;
  status.router = router.valid();
  status.counters = status.router ? router_counters() : agent_counters();
  fill(status.counters, status.router ? router.get() : agent.get());
  if (status.router) {
    auto backends = read_backends(*state);
    if (!backends) return backends.error();
    status.backends = *std::move(backends);
    derive_forward(status);
    const auto pins = read_pins(*state, "pins");
    if (!pins) return pins.error();
    const auto flows = read_pins(*state, "flows");
    if (!flows) return flows.error();
    status.pins = *pins;
    status.flows = *flows;
  }
  for (const std::string& name : state->linked_interfaces()) {
    const auto linked = linked_program(state->link_pin(name));
    if (!linked) return linked.error();
    LinkStatus link{.interface = name, .native = std::nullopt};
    // An index means something else in another network namespace, the id of a program does not.
    const auto found = query_program(linked->ifindex);
    if (found && found->id == linked->program_id) link.native = found->native;
    status.links.push_back(std::move(link));
  }
  return status;
}

}  // namespace ricochet
