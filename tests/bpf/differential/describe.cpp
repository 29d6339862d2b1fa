// SPDX-License-Identifier: Apache-2.0
#include "describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "outcome.h"

namespace ricochet::test {
namespace {

using reference::Connection;
using reference::Headers;
using reference::NextHop;

std::string name_of(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 0xff, address >> 8 & 0xff,
                     address & 0xff);
}

std::string name_of(const Mac& mac) {
  return fmt::format("{:02x}", fmt::join(mac, ":"));
}

std::string name_of(const NextHop& next_hop) {
  return fmt::format("{} from {}, interface {}", name_of(next_hop.mac),
                     name_of(next_hop.source_mac), next_hop.ifindex);
}

std::string name_of(const reference::Endpoint& end) {
  return fmt::format("{}:{}", name_of(end.address), end.port);
}

const char* name_of(reference::MarkMode mode) {
  return mode == reference::MarkMode::dscp ? "dscp" : "ecmp-er";
}

std::string name_of(const reference::Bucket& bucket) {
  return fmt::format("{}{}", bucket.owners, bucket.pinned ? " pinned" : "");
}

const char* name_of(Connection::State state) {
  switch (state) {
    case Connection::State::request:
      return "request";
    case Connection::State::connecting:
      return "connecting";
    case Connection::State::open:
      return "open";
    case Connection::State::time_wait:
      return "TIME_WAIT";
  }
  return "?";
}

std::string describe_headers(const Headers& headers) {
  std::string text =
      fmt::format("protocol {} {}:{} > {}:{}, from {}, ToS {:#04x}, TTL {}, {} bytes as IP says",
                  headers.protocol, name_of(headers.source), headers.flow.source_port,
                  name_of(headers.destination), headers.flow.destination_port,
                  name_of(headers.source_mac), headers.tos, headers.ttl, headers.total_bytes);
  if (headers.fragment == reference::Fragment::first) text += ", a first fragment";
  if (headers.fragment == reference::Fragment::later) text += ", a later fragment";
  if (headers.flow.protocol != headers.protocol || headers.flow.source != headers.source)
    text += fmt::format(", about a packet to {} of protocol {}", name_of(headers.flow.source),
                        headers.flow.protocol);
  if (headers.tcp)
    text += fmt::format(",{}{}{} sequence {}, acknowledgement {}", headers.tcp->syn ? " SYN" : "",
                        headers.tcp->ack ? " ACK" : "", headers.tcp->rst ? " RST" : "",
                        headers.tcp->sequence, headers.tcp->acknowledgement);
  return text;
}

std::string describe(reference::PoolIndex index, const reference::Pool& pool) {
  std::string text =
      fmt::format("  pool {}: marks {}{}{}, buckets", index, name_of(pool.mark_mode),
                  pool.settling ? ", settling" : "", pool.history ? "" : ", no history");
  for (const reference::Bucket& bucket : pool.buckets) text += " " + name_of(bucket);
  return text + "\n";
}

std::string describe(size_t set_index, const reference::PinSet& set) {
  std::string text;
  for (size_t place = 0; place < set.size(); place++) {
    if (!set[place]) continue;
    const auto& [flow, backend, epoch, age] = *set[place];
    text += fmt::format(
        "  pin {} of set {}: protocol {} {}:{} > {}:{} to backend {} epoch {}, age {}\n", place,
        set_index, flow.protocol, name_of(flow.source), flow.source_port, name_of(flow.destination),
        flow.destination_port, backend, epoch, age);
  }
  return text;
}

}  // namespace

std::string describe_frame(const Bytes& frame) {
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<Headers>(&read);
  const bool malformed =
      !headers && std::get<reference::Unreadable>(read) == reference::Unreadable::malformed;
  const std::string said = headers     ? describe_headers(*headers)
                           : malformed ? "malformed"
                                       : "not IPv4";
  return fmt::format("{}, {} bytes:{}\n", said, frame.size(), to_hex(frame));
}

std::string describe(const reference::RouterTables& tables) {
  std::string text = fmt::format("  flow seed {:#x}\n", tables.flow_seed);
  for (const auto& [service, pool] : tables.services)
    text += fmt::format("  service {}:{} protocol {}: pool {}\n", name_of(service.address),
                        service.port, service.protocol, pool);
  for (const auto& [address, pool] : tables.services_of_any_port)
    text += fmt::format("  service {} any port: pool {}\n", name_of(address), pool);
  for (const auto& [prefix, pool] : tables.prefixes)
    text += fmt::format("  service {}/{}: pool {}\n", name_of(prefix.address), prefix.length, pool);
  for (const auto& [index, pool] : tables.pools) text += describe(index, pool);
  for (const auto& [slot, backend] : tables.backends)
    text += fmt::format("  backend {}:{}{} epoch {} {}\n", slot, backend.live ? " live" : "",
                        backend.connected ? " connected" : "", backend.epoch,
                        name_of(backend.next_hop));
  for (const auto& [address, next_hop] : tables.neighbours)
    text += fmt::format("  neighbour {}: {}\n", name_of(address), name_of(next_hop));
  for (const Mac& mac : tables.backend_macs) text += fmt::format("  trusted {}\n", name_of(mac));
  for (const uint32_t ifindex : tables.backends_only)
    text += fmt::format("  interface {}: backends only\n", ifindex);
  for (const uint32_t ifindex : tables.ports)
    text += fmt::format("  interface {}: a port\n", ifindex);
  for (const auto& [key, ports] : tables.fragments)
    text += fmt::format("  fragments {} to {} protocol {} id {}: ports {} and {}\n",
                        name_of(key.source), name_of(key.destination), key.protocol, key.id,
                        ports.source, ports.destination);
  text += fmt::format("  {} sets of pins\n", tables.pins.size());
  for (size_t set = 0; set < tables.pins.size(); set++) text += describe(set, tables.pins[set]);
  return text;
}

std::string describe(const reference::AgentState& state) {
  std::string text =
      fmt::format("  marks {}, {} bounces left\n", name_of(state.mark_mode), state.bounces_left);
  for (const uint32_t address : state.guarded)
    text += fmt::format("  guarded {}\n", name_of(address));
  for (const reference::FragmentKey& key : state.bounced)
    text += fmt::format("  bounced fragments {} to {} id {}\n", name_of(key.source),
                        name_of(key.destination), key.id);
  for (const Connection& it : state.sockets.connections)
    text += fmt::format("  {} with {} at {}: own first {}, peer's first {}, expects {}\n",
                        name_of(it.state), name_of(it.remote), name_of(it.local), it.own_first,
                        it.peer_first, it.next);
  for (const auto& listening : state.sockets.listening) {
    text += fmt::format("  listening at port {}\n", listening.port);
    for (const reference::SentCookie& it : listening.cookies)
      text += fmt::format("    cookie {} to {} at {}, whose first is {}\n", it.cookie,
                          name_of(it.remote), name_of(it.local), it.peer_first);
  }
  return text;
}

}  // namespace ricochet::test
