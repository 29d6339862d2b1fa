// SPDX-License-Identifier: Apache-2.0
#include "router_cases.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "abi/ricochet.h"
#include "bpf_map.h"
#include "router.skel.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kBackends = 16;  // slots 1..16
constexpr uint32_t kBuckets = 1 << 16;
constexpr uint32_t kTableOffset = kBuckets;
constexpr uint32_t kPool = 1;
constexpr uint16_t kServicePort = 80;
constexpr uint16_t kOtherPort = 81;
constexpr uint64_t kSeed = 0x14057b7ef767814f;     // with it no flow finds its set of pins full
constexpr uint32_t kPinSets = 1 << 17;             // as the router has by default
constexpr uint32_t kPinSetsForAll = 8 * kPinSets;  // so that none of them is full
constexpr uint32_t kFlowsMax = *std::ranges::max_element(kFlowCounts);
// Only compared with the ingress interface: another one, so that the packet is redirected.
constexpr uint32_t kEgressIfindex = 1000;

Mac backend_mac(uint32_t id) {
  return {0x02, 0x52, 0x43, 0x48, 0x02, static_cast<uint8_t>(id)};
}

// Neighbouring buckets have different owners, and the four owners of a bucket differ.
uint16_t owner_of(uint32_t bucket, uint32_t attempt) {
  return static_cast<uint16_t>(1 + (bucket * 7 + attempt * 5) % kBackends);
}

rch_bucket make_bucket(uint32_t index, RouterBench::Kind kind) {
  const bool history = kind != RouterBench::Kind::no_history;
  std::array<uint16_t, RCH_OWNERS> owners{};
  for (uint32_t attempt = 0; attempt < (history ? RCH_OWNERS : 1); ++attempt) {
    owners[attempt] = owner_of(index, attempt);
  }
  const rch_bucket bucket = rch_bucket_of(owners.data());
  return kind == RouterBench::Kind::pinned ? bucket | RCH_BUCKET_PINNED : bucket;
}

rch_backend make_backend(uint32_t id) {
  rch_backend backend{};
  std::ranges::copy(backend_mac(id), backend.nexthop.mac);
  std::ranges::copy(kRouterMac, backend.nexthop.source_mac);
  backend.nexthop.ifindex = kEgressIfindex;
  backend.address = rch_ipv4(htonl(kServiceAddress + id));
  backend.flags = RCH_BACKEND_LIVE;
  return backend;
}

uint64_t hash_of(uint32_t flow, uint16_t destination_port) {
  const uint32_t ports = bench_flow_port(flow) | uint32_t{htons(destination_port)} << 16;
  return rch_flow_hash(bench_flow_address(flow), htonl(kServiceAddress), ports, IPPROTO_TCP, kSeed);
}

uint32_t bucket_of(uint64_t flow_hash) {
  return rch_bucket_hash(flow_hash) & (kBuckets - 1);
}

// What the router makes of a frame to this port when it is of this flow.
Frame forwarded(Frame frame, uint32_t flow, uint16_t destination_port, uint32_t attempt) {
  set_flow(frame, flow);
  set_ttl(frame, kTtl - 1);
  set_destination_mac(frame,
                      backend_mac(owner_of(bucket_of(hash_of(flow, destination_port)), attempt)));
  set_source_mac(frame, kRouterMac);
  return frame;
}

// To all backends together.
uint64_t packets_sent(const bpf_map* backend_traffic) {
  uint64_t packets = 0;
  for (uint32_t id = 1; id <= kBackends; ++id) {
    for (const auto& traffic : read_per_cpu<rch_traffic>(backend_traffic, id)) {
      packets += traffic.packets;
    }
  }
  return packets;
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
  bpf_map__set_max_entries(object->maps.buckets, kTableOffset + kBuckets);
  bpf_map__set_max_entries(object->maps.pins, object->rodata->pin_sets);
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
  const uint64_t pool = rch_pool_word(kTableOffset, kBuckets - 1,
                                      kind_ == Kind::no_history ? RCH_POOL_NO_HISTORY : 0);
  // A redirect needs a device that exists; the frame is not sent.
  const uint32_t device = if_nametoindex("lo");
  if (auto set = set_word(maps.services, service, kPool); !set) return set;
  if (auto set = set_word(maps.services, any_port_service, kPool); !set) return set;
  if (auto set = set_entry(maps.pools, kPool, pool); !set) return set;
  if (auto set = set_entry(maps.ports, kEgressIfindex, device); !set) return set;
  for (uint32_t id = 1; id <= kBackends; ++id) {
    const uint64_t mac = rch_mac_key(backend_mac(id).data());
    if (auto set = set_entry(maps.backends, id, make_backend(id)); !set) return set;
    if (auto set = set_word(maps.backend_macs, mac, 0); !set) return set;
  }
  for (uint32_t index = 0; index < kBuckets; ++index) {
    auto set = set_entry(maps.buckets, kTableOffset + index, make_bucket(index, kind_));
    if (!set) return set;
  }
  return {};
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
  packet_case.counted = [map = object_->maps.backend_traffic] { return packets_sent(map); };
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
