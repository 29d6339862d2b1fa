// SPDX-License-Identifier: Apache-2.0
#include "agent_cases.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "abi/ricochet.h"
#include "agent.skel.h"
#include "bpf_map.h"
#include "sockets.h"

namespace ricochet::bench {
namespace {

constexpr uint16_t kListenerPort = 80;
constexpr uint16_t kConnectionsPort = 81;
constexpr uint16_t kSilentPort = 82;

constexpr uint32_t kConnectionsMax = 10'000;
constexpr uint64_t kOtherFilesMax = 200;

// More than any machine sends: no bounce is refused. A rate of one for each ns keeps the product
// of rate and elapsed time within 64 bits.
constexpr uint64_t kBounceRate = 1'000'000'000;
constexpr uint64_t kBounceBurst = 1'000'000'000;

}  // namespace

void AgentBench::Destroy::operator()(agent_bpf* object) const {
  agent_bpf__destroy(object);
}

Result<AgentBench> AgentBench::load(TestRun& harness) {
  AgentBench bench(agent_bpf__open());
  agent_bpf* object = bench.object_.get();
  if (!object) return error("cannot open the agent program: {}", std::strerror(errno));
  object->rodata->bounce_rate_per_second = kBounceRate;
  object->rodata->bounce_burst = kBounceBurst;
  if (agent_bpf__load(object)) {
    return error("cannot load the agent program: {}", std::strerror(errno));
  }
  auto guarded = set_word(object->maps.guarded_addresses, htonl(kServiceAddress), 0);
  if (!guarded) return guarded.error();
  auto slot = harness.add_program(bpf_program__fd(object->progs.ricochet_agent));
  if (!slot) return slot.error();
  bench.slot_ = *slot;
  if (auto made = bench.make_sockets(); !made) return made.error();
  return bench;
}

Result<void> AgentBench::make_sockets() {
  auto limit = raise_open_file_limit();
  if (!limit) return limit.error();
  open_file_limit_ = *limit;
  auto listener = listen_at(kListenerPort);
  if (!listener) return listener.error();
  listener_ = *std::move(listener);
  const uint32_t count = open_file_limit_ < kConnectionsMax + kOtherFilesMax ? 1 : kConnectionsMax;
  auto connections = make_connections(kConnectionsPort, count);
  if (!connections) return connections.error();
  connections_ = *std::move(connections);
  return {};
}

PacketCase AgentBench::make_case(uint32_t flows, const Frame& frame, uint32_t counter) const {
  PacketCase packet_case{.flows = flows, .slot = slot_, .frame = frame};
  packet_case.counted = [map = object_->maps.agent_counters, counter] {
    return read_counter(map, counter);
  };
  return packet_case;
}

PacketCase AgentBench::taken(uint32_t flows, const Frame& frame, uint32_t counter) const {
  PacketCase packet_case = make_case(flows, frame, counter);
  packet_case.action = XDP_PASS;
  packet_case.expected = [frame](uint32_t flow) {
    Frame same = frame;
    set_flow(same, flow);
    return same;
  };
  return packet_case;
}

PacketCase AgentBench::bounced(uint32_t flows, const Frame& frame) const {
  PacketCase packet_case = make_case(flows, frame, RCH_AGENT_BOUNCE);
  packet_case.action = XDP_TX;
  packet_case.expected = [frame](uint32_t flow) {
    Frame returned = frame;
    set_flow(returned, flow);
    set_ttl(returned, kTtl - 1);
    set_tos(returned, rch_mark_to_tos(1, 0));
    swap_macs(returned);
    return returned;
  };
  return packet_case;
}

PacketCase AgentBench::established(uint32_t flows) const {
  PacketCase packet_case =
      taken(flows, make_frame(kConnectionsPort, TcpFlags::kAck), RCH_AGENT_TAKE_SOCKET);
  packet_case.name = "agent/established";
  if (flows > connections_.size()) {
    packet_case.obstacle =
        fmt::format("{} sockets need more open files than the limit, {}", flows, open_file_limit_);
  }
  return packet_case;
}

PacketCase AgentBench::syn(uint32_t flows) const {
  PacketCase packet_case =
      taken(flows, make_frame(kListenerPort, TcpFlags::kSyn), RCH_AGENT_TAKE_SYN);
  packet_case.name = "agent/syn";
  return packet_case;
}

PacketCase AgentBench::listener_only(uint32_t flows) const {
  PacketCase packet_case = bounced(flows, make_frame(kListenerPort, TcpFlags::kAck));
  packet_case.name = "agent/listener";
  return packet_case;
}

PacketCase AgentBench::no_socket(uint32_t flows) const {
  PacketCase packet_case = bounced(flows, make_frame(kSilentPort, TcpFlags::kAck));
  packet_case.name = "agent/bounce";
  return packet_case;
}

}  // namespace ricochet::bench
