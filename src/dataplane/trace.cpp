// SPDX-License-Identifier: Apache-2.0
#include "dataplane/trace.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "abi/ricochet.h"
#include "dataplane/encode.h"
#include "dataplane/traced_flow.h"

namespace ricochet {
namespace {

struct Verdict {
  const char* name;
  const char* meaning;
};

#define RCH_VERDICT(constant, name, meaning) Verdict{name, meaning},
constexpr std::array kVerdicts{RCH_ROUTER_VERDICTS(RCH_VERDICT)};
#undef RCH_VERDICT

// What the pool's word leads to, all of one table.
struct Table {
  uint64_t word = 0;
  uint32_t bucket = 0;  // in the pool's table
  rch_bucket owners = 0;
};

struct Choice {
  std::optional<rch_backend> backend;  // none: the verdict says why
  uint32_t mark = RCH_MARK_NONE;
  uint32_t verdict = RCH_ROUTER_FORWARD;
};

// One packet on its way. A method is a function of the same name in bpf/, in words besides.
class Walk {
 public:
  Walk(const LiveTables& tables, const TracedPacket& packet, const TraceNames& names)
      : tables_(tables), packet_(packet), names_(names) {}

  Trace run() && {
    const Verdict& verdict = kVerdicts[route()];
    trace_.verdict = verdict.name;
    say("verdict", fmt::format("{}: {}", verdict.name, verdict.meaning));
    return std::move(trace_);
  }

 private:
  uint32_t route();
  uint32_t forward(const Table& table);
  bool find_service();
  bool found(rch_service service, std::string text);
  Table load_table(PoolIndex pool);
  void say_table(PoolIndex pool, const Table& table);
  uint32_t read_attempt(uint32_t pool_flags);
  Choice choose_backend(const Table& table, uint32_t attempt);
  bool choose_kept(const Table& table, Choice& choice);
  bool holds(uint64_t pin, std::string_view step, const char* why, Choice& choice);
  bool choose_pinned(const Table& table, uint32_t attempt, Choice& choice);
  void choose_live_owner(const Table& table, uint32_t attempt, Choice& choice);
  std::optional<rch_nexthop> find_nexthop(const rch_backend& backend);
  bool way_out(const rch_nexthop& nexthop);
  void write_mark(uint32_t pool_flags, uint32_t mark);

  [[nodiscard]] uint64_t flow_hash() const { return hash_flow(tables_, packet_, options_); }
  void say(std::string step, std::string text) {
    trace_.steps.push_back({std::move(step), std::move(text)});
  }

  const LiveTables& tables_;
  const TracedPacket& packet_;
  const TraceNames& names_;
  uint32_t options_ = 0;  // of the service
  Trace trace_;
};

std::string name_of_mark(uint32_t mark) {
  if (mark == RCH_MARK_PINNED) return "pinned";
  return mark == RCH_MARK_FINAL ? "final" : fmt::format("attempt {}", mark);
}

std::string describe(const rch_backend& backend, uint16_t slot) {
  if (backend.flags & RCH_BACKEND_CONNECTED) return fmt::format("connected (slot {})", slot);
  if (is_none(backend.address)) return fmt::format("slot {}, which is empty", slot);
  return fmt::format("{} (slot {})", decode_address(backend.address).to_string(), slot);
}

uint32_t Walk::route() {
  if (!find_service()) return RCH_ROUTER_PASS_NO_SERVICE;
  const Table table = load_table(*trace_.pool);
  say_table(*trace_.pool, table);
  return forward(table);
}

uint32_t Walk::forward(const Table& table) {
  const uint32_t flags = rch_pool_flags(table.word);
  const Choice choice = choose_backend(table, read_attempt(flags));
  if (!choice.backend) return choice.verdict;
  const auto nexthop = find_nexthop(*choice.backend);
  if (!nexthop) return RCH_ROUTER_DROP_NO_NEIGHBOUR;
  if (!way_out(*nexthop)) return RCH_ROUTER_DROP_NO_PORT;
  write_mark(flags, choice.mark);
  return choice.verdict;
}

bool Walk::found(rch_service service, std::string text) {
  constexpr std::array kAffinities{"", "by the client's address and the ports",
                                   "by the client's address",
                                   "by a prefix of the client's address"};
  options_ = rch_service_options(service);
  trace_.pool = rch_service_pool(service);
  const uint32_t affinity = options_ & RCH_SERVICE_AFFINITY;
  if (affinity != RCH_AFFINITY_FLOW) text += fmt::format(", placed {}", kAffinities[affinity]);
  say("service", std::move(text));
  return true;
}

bool Walk::find_service() {
  const ServiceKey by_port{.prefix = Prefix(packet_.destination),
                           .port = packet_.destination_port,
                           .protocol = packet_.protocol};
  const ServiceKey by_address{.prefix = by_port.prefix};
  const std::string host = packet_.destination.to_string();
  const std::string whole = to_string(by_port);
  if (const auto of_port = tables_.service(by_port)) return found(*of_port, whole);
  if (const auto of_any_port = tables_.service(by_address)) {
    return found(*of_any_port, fmt::format("{} with every port: there is none of {}", host, whole));
  }
  if (const auto of_prefix = tables_.prefix(packet_.destination)) {
    return found(of_prefix->service,
                 fmt::format("{}: there is none of {} alone", of_prefix->prefix.to_string(), host));
  }
  say("service",
      fmt::format("none: not {}, not {} with every port, and no prefix around it. {}", whole, host,
                  tables_.forwards_by_fib()
                      ? "The kernel's routes say where it goes; where they do not send "
                        "it on (as `routed`), the kernel gets it"
                      : "The kernel gets the packet as if Ricochet were not there"));
  return false;
}

// Read again if the word flipped meanwhile: no grace period waits for this reader.
Table Walk::load_table(PoolIndex pool) {
  Table table;
  uint64_t word = tables_.pool_word(pool);
  do {
    table.word = word;
    table.bucket = rch_bucket_hash(flow_hash()) & rch_pool_mask(word);
    table.owners = tables_.bucket(rch_pool_offset(word) + table.bucket);
    word = tables_.pool_word(pool);
  } while (word != table.word);
  return table;
}

void Walk::say_table(PoolIndex pool, const Table& table) {
  const uint32_t flags = rch_pool_flags(table.word);
  std::string text = names_.pool ? fmt::format("{} (index {})", names_.pool(pool), pool)
                                 : fmt::format("index {}", pool);
  if (names_.generation) text += fmt::format(", generation {}", *names_.generation);
  if (table.word == 0) {
    say("pool", text + ": it has no table, so nobody is there to get the packet");
    return;
  }
  text += fmt::format(", {} buckets", rch_pool_mask(table.word) + 1);
  if (flags & RCH_POOL_SETTLING) text += ", settling after a change";
  if (flags & RCH_POOL_NO_HISTORY) text += ", without history";
  if (flags & RCH_POOL_MARK_ECMP_ER) text += ", marks as ecmp-er";
  say("pool", text);
  trace_.bucket = table.bucket;
  for (uint32_t i = 0; i < RCH_OWNERS; ++i) {
    trace_.owners.push_back(rch_bucket_owner(table.owners, i));
  }
  say("bucket",
      fmt::format("{} of 0 to {}, by the hash {:08x} of the flow with seed {}", table.bucket,
                  rch_pool_mask(table.word), rch_bucket_hash(flow_hash()), tables_.flow_seed()));
}

// A described mark is a backend's: comes_from_backend holds.
uint32_t Walk::read_attempt(uint32_t pool_flags) {
  const uint32_t marked = packet_.attempt;
  if (marked == RCH_MARK_NONE) {
    say("attempt", "0: no mark, the search begins at owner 0");
    return RCH_MARK_NONE;
  }
  if (pool_flags & RCH_POOL_NO_HISTORY) {
    say("attempt", "0: the pool has no history, so marks are not looked at");
    return RCH_MARK_NONE;
  }
  if (packet_.opens) {
    say("attempt", fmt::format("0: mark {} is ignored, a SYN has no older owner", marked));
    return RCH_MARK_NONE;
  }
  if (pool_flags & RCH_POOL_MARK_ECMP_ER) {
    say("attempt", "1: ecmp-er has one mark, and it means the previous table");
    return 1;
  }
  say("attempt", marked < RCH_OWNERS
                     ? fmt::format("{}: bounced, the search begins at owner {}", marked, marked)
                     : fmt::format("{}: bounced by the last owner that a bucket can have", marked));
  return marked;
}

bool Walk::choose_pinned(const Table& table, uint32_t attempt, Choice& choice) {
  if (!(table.owners & RCH_BUCKET_PINNED)) return false;
  if (packet_.opens) {
    say("pin", "a SYN is a new connection: the flow's pin, if it has one, is forgotten");
    return false;
  }
  if (attempt != RCH_MARK_NONE) return false;
  const uint64_t pin = tables_.pin(flow_hash());
  if (pin == 0) {
    say("pin", "none: other flows of the bucket have one, or had one lately");
    return false;
  }
  if (!holds(pin, "pin", "took the flow when it was bounced, so the packet is for it", choice)) {
    return false;
  }
  choice.mark = RCH_MARK_PINNED;
  choice.verdict = RCH_ROUTER_PINNED;
  return true;
}

// Whether the backend that the pin names is still there.
bool Walk::holds(uint64_t pin, std::string_view step, const char* why, Choice& choice) {
  const auto slot = static_cast<uint16_t>(rch_pin_slot(pin));
  const rch_backend backend = tables_.backend(slot);
  const std::string who = describe(backend, slot);
  if (!(backend.flags & RCH_BACKEND_LIVE)) {
    say(std::string(step), who + ": not live, so the note does not count");
    return false;
  }
  if (backend.epoch != rch_pin_epoch(pin)) {
    say(std::string(step),
        fmt::format("to the backend that had slot {} before: it does not count", slot));
    return false;
  }
  say(std::string(step), fmt::format("{}: {}", who, why));
  choice.backend = backend;
  trace_.backend = slot;
  return true;
}

// Of a datagram. Which server a QUIC connection ID names, nobody has described.
bool Walk::choose_kept(const Table& table, Choice& choice) {
  if (packet_.protocol != Protocol::udp) return false;
  if (options_ & RCH_SERVICE_QUIC) {
    say("quic", "a packet with a short header goes where its connection ID says; this is another");
  }
  if (!(options_ & RCH_SERVICE_KEEP_FLOWS)) return false;
  const auto kept = tables_.kept_flow(flow_hash());
  if (!kept) {
    say("kept flow", "none is kept: flow_memory_mib is 0");
    return false;
  }
  choice.verdict = RCH_ROUTER_KEPT;
  if (*kept != 0 && holds(*kept, "kept flow", "the flow began there and stays", choice))
    return true;
  say("kept flow", "begins with this packet, and stays where it goes");
  choose_live_owner(table, 0, choice);
  choice.mark = RCH_MARK_NONE;
  choice.verdict = choice.backend ? RCH_ROUTER_FORWARD : RCH_ROUTER_DROP_NO_BACKEND;
  return true;
}

// The first live owner[i] with i >= attempt; choice.mark is that i.
void Walk::choose_live_owner(const Table& table, uint32_t attempt, Choice& choice) {
  for (uint32_t i = 0; i < RCH_OWNERS; ++i) {
    const uint16_t slot = rch_bucket_owner(table.owners, i);
    const std::string step = fmt::format("owner {}", i);
    if (slot == 0) {
      if (i == 0) say(step, "nobody: the pool has no members, only older owners if any");
      continue;
    }
    const rch_backend backend = tables_.backend(slot);
    const std::string who = describe(backend, slot);
    if (i < attempt) {
      say(step, fmt::format("{}: before attempt {}, passed over", who, attempt));
      continue;
    }
    if (!(backend.flags & RCH_BACKEND_LIVE)) {
      say(step, who + ": not live (dead, or no neighbour is known for it): skipped");
      continue;
    }
    say(step, who + ": live, so the packet is for it");
    choice.backend = backend;
    choice.mark = i;
    trace_.backend = slot;
    return;
  }
}

Choice Walk::choose_backend(const Table& table, uint32_t attempt) {
  Choice choice;
  if (choose_kept(table, choice)) return choice;
  choice.verdict = attempt == RCH_MARK_NONE ? RCH_ROUTER_FORWARD : RCH_ROUTER_BOUNCED;
  if (packet_.opens && rch_bucket_owner(table.owners, 0) == 0) {
    say("owner 0", "nobody takes new connections, and an older owner must not get one");
    choice.verdict = RCH_ROUTER_DROP_NO_BACKEND;
    return choice;
  }
  if (choose_pinned(table, attempt, choice)) return choice;
  choose_live_owner(table, attempt, choice);
  if (choice.backend) return choice;
  if (attempt == RCH_MARK_NONE) {
    say("past the last owner", "no owner of the bucket is live");
    choice.verdict = RCH_ROUTER_DROP_NO_BACKEND;
    return choice;
  }
  if (rch_pool_flags(table.word) & RCH_POOL_SETTLING) {
    say("past the last owner",
        "the pool is settling: owners may have moved under this bounce, so the packet is dropped "
        "and its sender will send it again");
    choice.verdict = RCH_ROUTER_DROP_SETTLING;
    return choice;
  }
  say("past the last owner", "everybody was asked: the first live owner gets it for good");
  choose_live_owner(table, 0, choice);
  choice.mark = RCH_MARK_FINAL;
  choice.verdict = choice.backend ? RCH_ROUTER_FINAL : RCH_ROUTER_DROP_NO_BACKEND;
  return choice;
}

std::optional<rch_nexthop> Walk::find_nexthop(const rch_backend& backend) {
  std::optional<rch_nexthop> nexthop = backend.nexthop;
  std::string who = "the backend";
  if (backend.flags & RCH_BACKEND_CONNECTED) {
    who = packet_.destination.to_string();
    nexthop = tables_.neighbour(packet_.destination);
  }
  if (!nexthop) {
    say("next hop", fmt::format("the destination itself, and {} is not a neighbour", who));
    return nexthop;
  }
  const MacAddress mac(std::to_array(nexthop->mac));
  trace_.nexthop = mac;
  say("next hop", fmt::format("{} is at {} behind {}", who, mac.to_string(),
                              tables_.interface_name(nexthop->ifindex)));
  return nexthop;
}

bool Walk::way_out(const rch_nexthop& nexthop) {
  const std::string name = tables_.interface_name(nexthop.ifindex);
  const bool is_port = tables_.is_port(nexthop.ifindex);
  say("way out", is_port ? name : fmt::format("{} is no port now, or not there", name));
  return is_port;
}

void Walk::write_mark(uint32_t pool_flags, uint32_t mark) {
  if (pool_flags & RCH_POOL_NO_HISTORY) return;
  trace_.mark = mark;
  if (mark == RCH_MARK_NONE) {
    if (packet_.attempt != RCH_MARK_NONE) say("mark", "none: the one that it came with is removed");
    return;
  }
  const std::string name = name_of_mark(mark);
  if (pool_flags & RCH_POOL_MARK_ECMP_ER) {
    say("mark", fmt::format("{}: the ToS byte is {:#04x}", name, RCH_TOS_ECMP_ER));
  } else {
    say("mark", fmt::format("{}: DSCP {}", name, rch_mark_to_tos(mark, 0) >> 2));
  }
}

}  // namespace

Result<void> check_traced(const TracedPacket& packet) {
  if (packet.source.is_ipv4() != packet.destination.is_ipv4()) {
    return error("{} and {} are of two families: no packet has both", packet.source.to_string(),
                 packet.destination.to_string());
  }
  if (packet.protocol == Protocol::any) return error("name a protocol: tcp or udp");
  if (packet.attempt > kAttemptMax) {
    return error("there is no attempt {}: 0 is a packet of a client, 1 to {} were bounced",
                 packet.attempt, kAttemptMax);
  }
  if (packet.opens && packet.protocol != Protocol::tcp) {
    return error("only a tcp packet opens a connection, by a SYN");
  }
  return {};
}

Result<Trace> trace_packet(const LiveTables& tables, const TracedPacket& packet,
                           const TraceNames& names) {
  if (auto checked = check_traced(packet); !checked) return checked.error();
  return Walk(tables, packet, names).run();
}

}  // namespace ricochet
