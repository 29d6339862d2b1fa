// SPDX-License-Identifier: Apache-2.0
#include "router_cases.h"

#include <arpa/inet.h>

#include <algorithm>
#include <map>
#include <vector>

#include "abi/ricochet.h"
#include "bpf_map.h"
#include "pool.h"
#include "router.skel.h"

namespace ricochet::bench {
namespace {

constexpr uint16_t kServicePort = 80;
constexpr uint16_t kOtherPort = 81;
constexpr uint32_t kPinSets = 1 << 17;             // as the router has by default
constexpr uint32_t kPinSetsForAll = 8 * kPinSets;  // so that none of them is full
constexpr uint32_t kFlowsMax = *std::ranges::max_element(kFlowCounts);

uint64_t hash_of(uint32_t flow, uint16_t destination_port) {
  const uint32_t ports = bench_flow_port(flow) | uint32_t{htons(destination_port)} << 16;
  return rch_flow_hash(bench_flow_address(flow), htonl(kServiceAddress), ports, IPPROTO_TCP, kSeed);
}

// What the router makes of a frame to this port when it is of this flow.
Frame forwarded(const Frame& frame, uint32_t flow, uint16_t destination_port, uint32_t attempt) {
  return sent_to(frame, flow, owner_of(bucket_of(hash_of(flow, destination_port)), attempt));
}

}  // namespace

void RouterBench::Destroy::operator()(router_bpf* object) const {
  router_bpf__destroy(object);
}

Result<RouterBench> RouterBench::load(Kind kind, TestRun& harness) {
  RouterBench bench(router_bpf__open(), kind);
  router_bpf* object = bench.object_.get();
  if (!object) return error("cannot open the router program: {}", std::strerror(errno));
  object->rodata->flow_seed = kSeed;
  object->rodata->pin_sets = kind == Kind::pinned ? kPinSetsForAll : kPinSets;
  object->rodata->flow_sets = kPinSets;
  bpf_map__set_max_entries(object->maps.buckets, kTableOffset + kBuckets);
  bpf_map__set_max_entries(object->maps.pins, object->rodata->pin_sets);
  bpf_map__set_max_entries(object->maps.flows, kPinSets);
  if (router_bpf__load(object)) {
    return error("cannot load the router program: {}", std::strerror(errno));
  }
  if (auto filled = bench.fill_maps(); !filled) return filled.error();
  if (kind == Kind::pinned) {
    if (auto filled = bench.fill_pins(); !filled) return filled.error();
  }
  auto slot = harness.add_program(bpf_program__fd(object->progs.ricochet_router));
  if (!slot) return slot.error();
  bench.slot_ = *slot;
  return bench;
}

Result<void> RouterBench::fill_maps() {
  const auto& maps = object_->maps;
  const uint64_t service =
      rch_service_key(htonl(kServiceAddress), htons(kServicePort), IPPROTO_TCP);
  const uint64_t any_port_service = rch_service_key(htonl(kServiceAddress), 0, 0);
  if (auto set = set_word(maps.services, service, kPool); !set) return set;
  if (auto set = set_word(maps.services, any_port_service, kPool); !set) return set;
  const bool history = kind_ != Kind::no_history;
  return fill_pool(*object_, history ? RCH_OWNERS : 1, history ? 0 : RCH_POOL_NO_HISTORY,
                   kind_ == Kind::pinned);
}

Result<void> RouterBench::fill_pins() {
  std::vector<rch_word_set> sets(kPinSetsForAll);
  for (uint32_t flow = 0; flow < kFlowsMax; ++flow) {
    const uint64_t hash = hash_of(flow, kServicePort);
    auto& words = sets[rch_pin_set_index(hash, kPinSetsForAll)].word;
    const auto free = std::ranges::find(words, 0u);
    if (free == std::end(words)) return error("no room for the pin of flow {}", flow);
    *free = rch_pin(hash, owner_of(bucket_of(hash), 1), 0);
  }
  for (uint32_t index = 0; index < kPinSetsForAll; ++index) {
    if (auto set = set_entry(object_->maps.pins, index, sets[index]); !set) return set;
  }
  return {};
}

PacketCase RouterBench::client_packet(uint32_t flows) const {
  static const std::map<Kind, std::string> kNames = {{Kind::no_history, "router/l2/no-history"},
                                                     {Kind::history, "router/l2/history"},
                                                     {Kind::pinned, "router/l2/pinned"}};
  PacketCase packet_case{.name = kNames.at(kind_),
                         .flows = flows,
                         .slot = slot_,
                         .frame = make_frame(kServicePort, TcpFlags::kAck),
                         .action = XDP_REDIRECT};
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return forwarded(frame, flow, kServicePort, 0);
  };
  packet_case.counted = [router = object_.get()] { return packets_sent(*router); };
  if (kind_ != Kind::pinned) return packet_case;
  Frame marked = packet_case.frame;
  set_tos(marked, rch_mark_to_tos(RCH_MARK_PINNED, 0));
  packet_case.expected = [marked](uint32_t flow) {
    return forwarded(marked, flow, kServicePort, 1);
  };
  packet_case.counted = [map = object_->maps.router_counters] {
    return read_counter(map, RCH_ROUTER_PINNED);
  };
  return packet_case;
}

PacketCase RouterBench::any_port_packet(uint32_t flows) const {
  PacketCase packet_case = client_packet(flows);
  packet_case.name = "router/l2/any-port";
  packet_case.frame = make_frame(kOtherPort, TcpFlags::kAck);
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return forwarded(frame, flow, kOtherPort, 0);
  };
  return packet_case;
}

PacketCase RouterBench::unpinned_packet(uint32_t flows) const {
  PacketCase packet_case = any_port_packet(flows);
  packet_case.name = "router/l2/pin-miss";
  packet_case.counted = [map = object_->maps.router_counters] {
    return read_counter(map, RCH_ROUTER_PIN_MISS);
  };
  return packet_case;
}

PacketCase RouterBench::bounced_packet(uint32_t flows) const {
  PacketCase packet_case = client_packet(flows);
  packet_case.name = "router/l2/bounced";
  set_source_mac(packet_case.frame, backend_mac(1));
  set_tos(packet_case.frame, rch_mark_to_tos(1, 0));
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return forwarded(frame, flow, kServicePort, 1);
  };
  packet_case.counted = [map = object_->maps.router_counters] {
    return read_counter(map, RCH_ROUTER_BOUNCED);
  };
  return packet_case;
}

}  // namespace ricochet::bench
