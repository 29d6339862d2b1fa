// SPDX-License-Identifier: Apache-2.0
#include "option_cases.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/ip.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "bpf_map.h"
#include "other_frames.h"
#include "pool.h"
#include "router.skel.h"

namespace ricochet::bench {
namespace {

constexpr uint16_t kTcpPort = 80;
constexpr uint16_t kUdpPort = 5300;
constexpr uint16_t kBySourcePort = 5301;
constexpr uint16_t kKeptPort = 5303;  // with it no set of kept flows is full
constexpr uint16_t kQuicPort = 5302;
constexpr uint32_t kPinSets = 1 << 17;   // as by default
constexpr uint32_t kFlowSets = 1 << 20;  // so that none of them is full
constexpr uint32_t kFlowsMax = *std::ranges::max_element(kFlowCounts);
constexpr std::array<uint8_t, 2> kQuicId = {0x0a, 0x01};
constexpr uint32_t kRoutedAddress = 0xc6336401;  // 198.51.100.1, of no service
constexpr Mac kGatewayMac = {0x02, 0x52, 0x43, 0x48, 0x03, 0x01};
constexpr Mac kPortMac = {0x02, 0x52, 0x43, 0x48, 0x03, 0x02};

uint32_t ports_of(uint32_t flow, uint16_t destination_port) {
  return bench_flow_port(flow) | uint32_t{htons(destination_port)} << 16;
}

uint64_t hash_of(uint32_t flow, uint16_t destination_port, uint8_t protocol) {
  return rch_flow_hash(bench_flow_address(flow), htonl(kServiceAddress),
                       ports_of(flow, destination_port), protocol, kSeed);
}

uint64_t hash6_of(uint32_t flow) {
  const rch_address source = make_address6(bench_flow_address(flow));
  const rch_address destination = make_address6(htonl(kServiceAddress));
  return rch_flow_hash6(&source, &destination, ports_of(flow, kTcpPort), IPPROTO_TCP, kSeed);
}

uint16_t current_owner(uint64_t flow_hash) {
  return owner_of(bucket_of(flow_hash), 0);
}

// A short header, and what stands before the server's ID.
std::vector<uint8_t> quic_payload() {
  std::vector<uint8_t> payload = {0x40, kQuicId.size()};
  payload.insert(payload.end(), kQuicId.begin(), kQuicId.end());
  return payload;
}

Frame routed_frame() {
  Frame frame = make_frame(kTcpPort, TcpFlags::kAck);
  set_destination_address(frame, kRoutedAddress);
  set_routed_flow(frame, 0);
  return frame;
}

}  // namespace

void OptionBench::Destroy::operator()(router_bpf* object) const {
  router_bpf__destroy(object);
}

Result<OptionBench> OptionBench::load(TestRun& harness) {
  OptionBench bench(router_bpf__open());
  router_bpf* object = bench.object_.get();
  if (!object) return error("cannot open the router program: {}", std::strerror(errno));
  object->rodata->flow_seed = kSeed;
  object->rodata->pin_sets = kPinSets;
  object->rodata->flow_sets = kFlowSets;
  object->rodata->forward_by_fib = true;
  bpf_map__set_max_entries(object->maps.buckets, kTableOffset + kBuckets);
  bpf_map__set_max_entries(object->maps.pins, kPinSets);
  bpf_map__set_max_entries(object->maps.flows, kFlowSets);
  if (router_bpf__load(object)) {
    return error("cannot load the router program: {}", std::strerror(errno));
  }
  if (auto filled = fill_pool(*object, RCH_OWNERS, 0, false); !filled) return filled.error();
  if (auto filled = bench.fill_services(); !filled) return filled.error();
  if (auto filled = bench.fill_flows(); !filled) return filled.error();
  if (auto filled = bench.fill_quic(); !filled) return filled.error();
  if (auto filled = bench.fill_route(); !filled) return filled.error();
  auto slot = harness.add_program(bpf_program__fd(object->progs.ricochet_router));
  if (!slot) return slot.error();
  bench.slot_ = *slot;
  return bench;
}

Result<void> OptionBench::fill_services() {
  struct Service {
    uint16_t port;
    uint8_t protocol;
    uint32_t options;
  };
  constexpr Service kServices[] = {{kTcpPort, IPPROTO_TCP, 0},
                                   {kUdpPort, IPPROTO_UDP, 0},
                                   {kBySourcePort, IPPROTO_UDP, RCH_AFFINITY_SOURCE},
                                   {kKeptPort, IPPROTO_UDP, RCH_SERVICE_KEEP_FLOWS},
                                   {kQuicPort, IPPROTO_UDP, RCH_SERVICE_QUIC}};
  for (const auto& [port, protocol, options] : kServices) {
    const uint64_t key = rch_service_key(htonl(kServiceAddress), htons(port), protocol);
    auto set = set_word(object_->maps.services, key, rch_service_of(kPool, options));
    if (!set) return set;
  }
  // That the address has services at all: then it answers echo.
  const uint64_t address_key = rch_service_address_key(htonl(kServiceAddress));
  if (auto set = set_word(object_->maps.services, address_key, 0); !set) return set;
  const rch_address service6 = make_address6(htonl(kServiceAddress));
  return set_entry(object_->maps.services6, rch_service6(&service6, htons(kTcpPort), IPPROTO_TCP),
                   rch_service_of(kPool, 0));
}

Result<void> OptionBench::fill_flows() {
  std::vector<rch_word_set> sets(kFlowSets);
  for (uint32_t flow = 0; flow < kFlowsMax; ++flow) {
    const uint64_t hash = hash_of(flow, kKeptPort, IPPROTO_UDP);
    auto& words = sets[rch_pin_set_index(hash, kFlowSets)].word;
    const auto free = std::ranges::find(words, 0u);
    if (free == std::end(words)) return error("no room for flow {}", flow);
    *free = rch_pin(hash, owner_of(bucket_of(hash), 1), 0);
  }
  for (uint32_t index = 0; index < kFlowSets; ++index) {
    if (auto set = set_entry(object_->maps.flows, index, sets[index]); !set) return set;
  }
  return {};
}

Result<void> OptionBench::fill_quic() {
  const rch_quic_server server{.id = kQuicId[0] << 8 | kQuicId[1], .pool = kPool, .reserved = 0};
  const uint32_t bytes = kQuicId.size();
  if (auto set = set_entry(object_->maps.quic_id_bytes, kPool, bytes); !set) return set;
  return set_entry(object_->maps.quic_servers, server, kBackends);
}

// BPF_PROG_TEST_RUN's packets come in by lo. The other end of the veth is nobody's.
Result<void> OptionBench::fill_route() {
  constexpr const char* kCommands =
      "ip link add rb0 address 02:52:43:48:03:02 type veth peer name rb1 && ip link set rb0 up && "
      "ip link set rb1 up && ip route add 198.51.100.1 dev rb0 && "
      "ip neighbour add 198.51.100.1 lladdr 02:52:43:48:03:01 dev rb0 nud permanent && "
      "echo 1 > /proc/sys/net/ipv4/ip_forward";
  if (std::system(kCommands) != 0) return error("cannot make a route: is `ip` installed?");
  const uint32_t ingress = if_nametoindex("lo");
  const uint32_t egress = if_nametoindex("rb0");
  const uint64_t mac = rch_mac_key(kRouterMac.data());
  if (auto set = set_entry(object_->maps.port_macs, ingress, mac); !set) return set;
  if (auto set = set_entry(object_->maps.ports, ingress, ingress); !set) return set;
  return set_entry(object_->maps.ports, egress, egress);
}

PacketCase OptionBench::make_case(const char* name, uint32_t flows, const Frame& frame) const {
  PacketCase packet_case{
      .name = name, .flows = flows, .slot = slot_, .frame = frame, .action = XDP_REDIRECT};
  packet_case.counted = [router = object_.get()] { return packets_sent(*router); };
  return packet_case;
}

void OptionBench::count_verdict(PacketCase& packet_case, uint32_t verdict) const {
  packet_case.counted = [map = object_->maps.router_counters, verdict] {
    return read_counter(map, verdict);
  };
}

PacketCase OptionBench::ipv6_packet(uint32_t flows) const {
  PacketCase packet_case = make_case("router/l2/ipv6", flows, make_ipv6_frame(kTcpPort));
  packet_case.layout = BENCH_IPV6;
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    Frame sent = frame;
    set_ipv6_flow(sent, flow);
    set_hop_limit(sent, kTtl - 1);
    set_destination_mac(sent, backend_mac(current_owner(hash6_of(flow))));
    set_source_mac(sent, kRouterMac);
    return sent;
  };
  return packet_case;
}

PacketCase OptionBench::tagged_packet(uint32_t flows) const {
  const Frame untagged = make_frame(kTcpPort, TcpFlags::kAck);
  PacketCase packet_case = make_case("router/l2/vlan", flows, tagged(untagged));
  packet_case.layout = BENCH_IPV4_TAGGED;
  packet_case.expected = [untagged](uint32_t flow) {
    return tagged(sent_to(untagged, flow, current_owner(hash_of(flow, kTcpPort, IPPROTO_TCP))));
  };
  return packet_case;
}

PacketCase OptionBench::first_fragment(uint32_t flows) const {
  Frame fragment = make_frame(kTcpPort, TcpFlags::kAck);
  set_fragment(fragment, IP_MF);
  PacketCase packet_case = make_case("router/l2/fragment", flows, fragment);
  packet_case.expected = [fragment](uint32_t flow) {
    return sent_to(fragment, flow, current_owner(hash_of(flow, kTcpPort, IPPROTO_TCP)));
  };
  return packet_case;
}

PacketCase OptionBench::datagram(uint32_t flows) const {
  PacketCase packet_case = make_case("router/l2/udp", flows, make_udp_frame(kUdpPort));
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return sent_to(frame, flow, current_owner(hash_of(flow, kUdpPort, IPPROTO_UDP)));
  };
  return packet_case;
}

PacketCase OptionBench::datagram_by_source(uint32_t flows) const {
  PacketCase packet_case = make_case("router/l2/affinity", flows, make_udp_frame(kBySourcePort));
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return sent_to(frame, flow, current_owner(rch_source_hash(bench_flow_address(flow), 0, kSeed)));
  };
  return packet_case;
}

PacketCase OptionBench::kept_datagram(uint32_t flows) const {
  PacketCase packet_case = make_case("router/l2/kept", flows, make_udp_frame(kKeptPort));
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return sent_to(frame, flow, owner_of(bucket_of(hash_of(flow, kKeptPort, IPPROTO_UDP)), 1));
  };
  count_verdict(packet_case, RCH_ROUTER_KEPT);
  return packet_case;
}

PacketCase OptionBench::quic_datagram(uint32_t flows) const {
  PacketCase packet_case =
      make_case("router/l2/quic", flows, make_udp_frame(kQuicPort, quic_payload()));
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    return sent_to(frame, flow, kBackends);
  };
  count_verdict(packet_case, RCH_ROUTER_QUIC);
  return packet_case;
}

PacketCase OptionBench::routed_packet(uint32_t flows) const {
  PacketCase packet_case = make_case("router/fib", flows, routed_frame());
  packet_case.layout = BENCH_ROUTED;
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    Frame sent = frame;
    set_routed_flow(sent, flow);
    set_ttl(sent, kTtl - 1);
    set_destination_mac(sent, kGatewayMac);
    set_source_mac(sent, kPortMac);
    return sent;
  };
  count_verdict(packet_case, RCH_ROUTER_ROUTED);
  return packet_case;
}

PacketCase OptionBench::echo_request(uint32_t flows) const {
  PacketCase packet_case = make_case("router/echo", flows, make_echo_request());
  packet_case.layout = BENCH_ECHO;
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    Frame request = frame;
    set_echo_flow(request, flow);
    return echo_reply_to(request);
  };
  count_verdict(packet_case, RCH_ROUTER_ECHO);
  return packet_case;
}

}  // namespace ricochet::bench
