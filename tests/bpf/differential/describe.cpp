// SPDX-License-Identifier: Apache-2.0
#include "describe.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "addresses.h"
#include "outcome.h"

namespace ricochet::test {
namespace {

using reference::Connection;
using reference::Headers;
using reference::NextHop;

std::string name_of(const reference::Address& address) {
  char text[INET6_ADDRSTRLEN];
  const rch_address bytes = translate(address).encode();
  const bool is_ipv4 = address.is_ipv4();
  return inet_ntop(is_ipv4 ? AF_INET : AF_INET6, &bytes.word[is_ipv4 ? 3 : 0], text, sizeof(text));
}

std::string name_of(const Mac& mac) {
  return fmt::format("{:02x}", fmt::join(mac, ":"));
}

std::string name_of(const NextHop& next_hop) {
  return fmt::format("{} from {}, interface {}", name_of(next_hop.mac),
                     name_of(next_hop.source_mac), next_hop.ifindex);
}

std::string name_of(const reference::Endpoint& end) {
  const bool is_ipv4 = end.address.is_ipv4();
  return fmt::format("{}{}{}:{}", is_ipv4 ? "" : "[", name_of(end.address), is_ipv4 ? "" : "]",
                     end.port);
}

const char* name_of(reference::MarkMode mode) {
  return mode == reference::MarkMode::dscp ? "dscp" : "ecmp-er";
}

std::string name_of(const reference::Bucket& bucket) {
  return fmt::format("{}{}", bucket.owners, bucket.pinned ? " pinned" : "");
}

const char* name_of(reference::Unreadable reason) {
  switch (reason) {
    case reference::Unreadable::not_ip:
      return "not IP";
    case reference::Unreadable::malformed:
      return "malformed";
    case reference::Unreadable::extensions:
      return "too many extension headers";
  }
  return "?";
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
  std::string text = fmt::format(
      "protocol {} {} > {}, from {}, ToS {:#04x}, TTL {}, {} bytes as IP says", headers.protocol,
      name_of(reference::Endpoint{headers.source, headers.flow.source_port}),
      name_of(reference::Endpoint{headers.destination, headers.flow.destination_port}),
      name_of(headers.source_mac), headers.tos, headers.ttl, headers.total_bytes);
  if (!headers.extensions.empty())
    text += fmt::format(", behind {} extension headers", headers.extensions.size());
  if (headers.neighbour_discovery) text += ", neighbour discovery";
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

std::string name_of(const reference::Rules& rules) {
  constexpr const char* kAffinities[] = {"flow", "source and ports", "source", "source prefix"};
  return fmt::format("pool {}, by {}{}{}", rules.pool,
                     kAffinities[static_cast<size_t>(rules.affinity)],
                     rules.keeps_flows ? ", flows kept" : "", rules.reads_quic ? ", QUIC" : "");
}

std::string describe(size_t set_index, const reference::PinSet& set, const char* what) {
  std::string text;
  for (size_t place = 0; place < set.size(); place++) {
    if (!set[place]) continue;
    const auto& [flow, hash, backend, epoch, age] = *set[place];
    text += fmt::format(
        "  {} {} of set {}: protocol {} {} > {}, hash {:x}, to backend {} epoch {}, age {}\n", what,
        place, set_index, flow.protocol,
        name_of(reference::Endpoint{flow.source, flow.source_port}),
        name_of(reference::Endpoint{flow.destination, flow.destination_port}), hash, backend, epoch,
        age);
  }
  return text;
}

std::string describe(const std::vector<reference::PinSet>& sets, const char* what) {
  std::string text = fmt::format("  {} sets of {}s\n", sets.size(), what);
  for (size_t set = 0; set < sets.size(); set++) text += describe(set, sets[set], what);
  return text;
}

}  // namespace

std::string describe_frame(const Bytes& frame) {
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<Headers>(&read);
  const std::string said =
      headers ? describe_headers(*headers) : name_of(std::get<reference::Unreadable>(read));
  return fmt::format("{}, {} bytes:{}\n", said, frame.size(), to_hex(frame));
}

std::string describe(const reference::RouterTables& tables) {
  std::string text =
      fmt::format("  flow seed {:#x}, source bits {} and {}{}\n", tables.placing.seed,
                  tables.placing.source_bits, tables.placing.source_bits6,
                  tables.answers_echo ? "" : ", no answers to echo");
  for (const auto& [service, rules] : tables.services)
    text += fmt::format("  service {} protocol {}: {}\n",
                        name_of(reference::Endpoint{service.address, service.port}),
                        service.protocol, name_of(rules));
  for (const auto& [address, rules] : tables.services_of_any_port)
    text += fmt::format("  service {} any port: {}\n", name_of(address), name_of(rules));
  for (const auto& [prefix, rules] : tables.prefixes)
    text += fmt::format("  service {}/{}: {}\n", name_of(prefix.address), prefix.length,
                        name_of(rules));
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
  for (const auto& [key, note] : tables.fragments)
    text += fmt::format("  fragments {} to {} id {}: protocol {}, ports {} and {}\n",
                        name_of(key.source), name_of(key.destination), key.id, note.protocol,
                        note.source_port, note.destination_port);
  text += describe(tables.pins, "pin") + describe(tables.kept, "kept flow");
  for (const auto& [pool, bytes] : tables.quic_id_bytes)
    text += fmt::format("  IDs of pool {}: {} bytes\n", pool, bytes);
  for (const auto& [named, slot] : tables.quic_servers)
    text += fmt::format("  ID {:x} of pool {}: backend {}\n", named.id, named.pool, slot);
  return text;
}

std::string describe(const reference::AgentState& state) {
  std::string text =
      fmt::format("  marks {}, {} bounces left\n", name_of(state.mark_mode), state.bounces_left);
  for (const reference::Address& address : state.guarded)
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
