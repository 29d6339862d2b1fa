// SPDX-License-Identifier: Apache-2.0
//
// What a trace says of a packet is what the program does with it: random tables, random packets.
#include "dataplane/trace.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <linux/if_link.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>

#include "dataplane/state_dir.h"
#include "router_scene.h"
#include "util/fd.h"

namespace ricochet::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uint16_t kSlots = 24;
constexpr uint32_t kBuckets = 256;
// So many that no pin takes the place of another, which a trace does not tell.
constexpr uint32_t kPinSets = 1024;
constexpr uint8_t kEpochs = 2;
constexpr rch_pool_index kEmptyPool = 30;
constexpr int kRounds = 12;
constexpr int kPacketsPerRound = 500;
constexpr uint16_t kPortNumbers[] = {53, 80, 443};

struct Pool {
  uint32_t offset = 0;
  uint32_t mask = 0;
  uint32_t flags = 0;
};

// The router of a scene on an interface, so that a trace finds it; tables by a seed.
class TraceTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    char name[] = "/tmp/ricochet-trace-XXXXXX";
    state_.emplace(*StateDir::create(::mkdtemp(name)));
  }

  void TearDown() override {
    if (!state_) return;
    EXPECT_TRUE(state_->detach());
    EXPECT_TRUE(state_->purge());
    EXPECT_FALSE(fs::exists(state_->path()));
  }

  Result<std::unique_ptr<LiveTables>> open_tables() {
    return LiveTables::open(state_->path(), router().skeleton());
  }

  // As a daemon does it: by a pinned link. Takes an earlier one away.
  void attach(int program_fd) {
    if (link_.valid()) bpf_link_detach(link_.get());  // at once; a pin that goes takes its time
    ASSERT_TRUE(state_->detach());
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_SKB_MODE);
    link_ = Fd(bpf_link_create(program_fd, kLoopbackIfindex, BPF_XDP, &options));
    ASSERT_TRUE(link_.valid()) << std::strerror(errno);
    ASSERT_EQ(bpf_obj_pin(link_.get(), state_->link_pin("lo").c_str()), 0) << std::strerror(errno);
  }

  uint32_t pick(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  bool chance(uint32_t percent) { return pick(100) < percent; }

  // Few enough that services, prefixes and neighbours are met and missed.
  uint32_t pick_destination() {
    return ipv4(10, 0, static_cast<uint8_t>(pick(3)), static_cast<uint8_t>(pick(6)));
  }

  void lay_tables(uint64_t seed);
  void lay_backends();
  void lay_pools();
  void lay_services();
  void lay_pins();
  void crowd(Endpoint service, uint8_t protocol);

  TracedPacket random_flow();
  TracedPacket random_packet();
  [[nodiscard]] uint64_t hash_of(const TracedPacket& flow) const;
  [[nodiscard]] Packet as_frame(const TracedPacket& traced) const;
  [[nodiscard]] Outcome action_of(const Trace& trace, const TracedPacket& traced) const;
  [[nodiscard]] Outcome outcome_of(const Trace& trace, const TracedPacket& traced) const;
  void expect_bucket(const Trace& trace, const TracedPacket& traced) const;

  std::optional<StateDir> state_;
  Fd link_;
  std::mt19937_64 random_;
  uint64_t flow_seed_ = 0;
  bool ecmp_er_ = false;
  std::map<rch_pool_index, Pool> pools_;
  std::vector<Owners> buckets_;
  std::vector<TracedPacket> pinned_;
};

void TraceTest::lay_tables(uint64_t seed) {
  random_.seed(seed);
  flow_seed_ = random_();
  ecmp_er_ = chance(30);
  load({.flow_seed = flow_seed_, .buckets = kBuckets, .pin_sets = kPinSets});
  lay_backends();
  lay_pools();
  lay_services();
  lay_pins();
  attach(router().program_fd());
}

void TraceTest::lay_backends() {
  for (uint16_t slot = 1; slot <= kSlots; ++slot) {
    rch_backend backend{};
    const uint32_t ifindex = chance(10) ? kMissingIfindex : servers_ifindex();
    backend.nexthop = nexthop_at(ifindex, backend_mac(slot));
    backend.address = htonl(ipv4(10, 9, 0, static_cast<uint8_t>(slot)));
    backend.flags = (chance(60) ? RCH_BACKEND_LIVE : 0) | (chance(20) ? RCH_BACKEND_CONNECTED : 0);
    backend.epoch = static_cast<uint8_t>(pick(kEpochs));
    router().set_backend(slot, backend);
    router().trust(backend_mac(slot));
  }
}

// A pool of 1, 2, 4 ... buckets, each with flags of its own, but for the mark. Those that know pins
// have some.
void TraceTest::lay_pools() {
  pools_ = {{kEmptyPool, {}}};
  buckets_.assign(kBuckets, Owners{});
  for (uint32_t i = 0; i < 8; ++i) {
    Pool pool{.offset = 1u << i, .mask = (1u << i) - 1, .flags = 0};
    if (chance(30)) pool.flags |= RCH_POOL_SETTLING;
    if (chance(20)) pool.flags |= RCH_POOL_NO_HISTORY;
    if (ecmp_er_) pool.flags |= RCH_POOL_MARK_ECMP_ER;
    pools_[100 + i] = pool;
    router().set_pool(100 + i, pool.offset, pool.mask, pool.flags);
  }
  for (uint32_t index = 1; index < kBuckets; ++index) {
    for (uint16_t& owner : buckets_[index]) {
      if (chance(70)) owner = static_cast<uint16_t>(1 + pick(kSlots));
    }
    const bool has_history = !(pools_[100 + std::bit_width(index) - 1].flags & RCH_POOL_NO_HISTORY);
    router().set_bucket(index, buckets_[index], has_history && !ecmp_er_ && chance(70));
  }
}

// Fills the set that this service would be in, so that it goes into the one beside.
void TraceTest::crowd(Endpoint service, uint8_t protocol) {
  const auto home = [](Endpoint end, uint8_t of) {
    const uint64_t key = rch_service_key(htonl(end.address), htons(end.port), of);
    return rch_word_set_index(key, RCH_SERVICE_SETS);
  };
  Endpoint stranger{ipv4(192, 0, 2, 0), 0};
  for (int found = 0; found < RCH_SET_WORDS; ++stranger.address) {
    if (home(stranger, 0) != home(service, protocol)) continue;
    router().add_service(stranger, 0, kEmptyPool);
    ++found;
  }
}

void TraceTest::lay_services() {
  const auto any_pool = [this] { return std::next(pools_.begin(), pick(9))->first; };
  for (int i = 0; i < 6; ++i) {
    const Endpoint service{pick_destination(), kPortNumbers[pick(3)]};
    const uint8_t protocol = chance(60) ? IPPROTO_TCP : IPPROTO_UDP;
    if (i == 0) crowd(service, protocol);
    router().add_service(service, protocol, any_pool());
    if (chance(50)) router().add_service({pick_destination(), 0}, 0, any_pool());
    router().add_neighbour(pick_destination(), nexthop_at(servers_ifindex(), backend_mac(100 + i)));
  }
  router().add_prefix(ipv4(10, 0, 0, 0), 22 + pick(2), any_pool());
  router().add_prefix(ipv4(10, 0, 1, 0), 24, any_pool());
  if (chance(50)) router().add_prefix(ipv4(10, 0, 1, 4), 30, any_pool());
}

// To any backend, also to those that are not live or had the slot before.
void TraceTest::lay_pins() {
  pinned_.clear();
  for (int i = 0; i < 64; ++i) {
    const uint64_t hash = hash_of(pinned_.emplace_back(random_flow()));
    const uint32_t index = rch_pin_set_index(hash, kPinSets);
    rch_word_set set = router().pin_set(index);
    const auto epoch = static_cast<uint8_t>(pick(kEpochs));
    set.word[pick(RCH_SET_WORDS)] = rch_pin(hash, 1 + pick(kSlots), epoch) + pick(8);
    router().set_pin_set(index, set);
  }
}

uint64_t TraceTest::hash_of(const TracedPacket& flow) const {
  const uint32_t ports =
      htons(flow.source_port) | static_cast<uint32_t>(htons(flow.destination_port)) << 16;
  return rch_flow_hash(flow.source.ipv4_network_order(), flow.destination.ipv4_network_order(),
                       ports, static_cast<uint8_t>(flow.protocol), flow_seed_);
}

TracedPacket TraceTest::random_flow() {
  TracedPacket packet;
  packet.source = Address::from_ipv4_host_order(kClient.address + pick(1000));
  packet.source_port = static_cast<uint16_t>(1024 + pick(60000));
  packet.destination = Address::from_ipv4_host_order(pick_destination());
  packet.destination_port = kPortNumbers[pick(3)];
  packet.protocol = chance(70) ? Protocol::tcp : Protocol::udp;
  return packet;
}

TracedPacket TraceTest::random_packet() {
  TracedPacket packet = chance(40) ? pinned_[pick(64)] : random_flow();
  packet.opens = packet.protocol == Protocol::tcp && chance(30);
  packet.attempt = chance(60) ? 1 + pick(kAttemptMax) : 0;
  return packet;
}

uint8_t tos_of(uint32_t mark, bool ecmp_er) {
  if (ecmp_er) return mark == RCH_MARK_NONE ? 0 : RCH_TOS_ECMP_ER;
  return rch_mark_to_tos(mark, 0);
}

Packet TraceTest::as_frame(const TracedPacket& traced) const {
  const Endpoint from{traced.source.ipv4_host_order(), traced.source_port};
  const Endpoint to{traced.destination.ipv4_host_order(), traced.destination_port};
  Packet packet = traced.protocol == Protocol::udp
                      ? Packet::udp(from, to)
                      : Packet::tcp(from, to, traced.opens ? kSyn : kAck);
  if (traced.attempt == 0) return packet;
  return packet.tos(tos_of(traced.attempt, ecmp_er_)).macs(backend_mac(1), kRouterMac);
}

// Whether the flow's pin was looked for, and there is none that holds.
bool misses_pin(const Trace& trace, const TracedPacket& traced) {
  const auto has = [&](std::string_view step) {
    return std::ranges::find(trace.steps, step, &TraceStep::step) != trace.steps.end();
  };
  return !traced.opens && has("pin") && has("owner 0");
}

// What the program is expected to do if the trace is right.
Outcome TraceTest::outcome_of(const Trace& trace, const TracedPacket& traced) const {
  Outcome outcome = action_of(trace, traced);
  if (misses_pin(trace, traced)) outcome.counted["pin_miss"] = 1;
  return outcome;
}

Outcome TraceTest::action_of(const Trace& trace, const TracedPacket& traced) const {
  Packet packet = as_frame(traced);
  if (trace.verdict.starts_with("pass_")) return passed(packet, trace.verdict);
  if (trace.verdict.starts_with("drop_")) return dropped(packet, trace.verdict);
  Mac mac{};
  std::ranges::copy(trace.nexthop.value().octets(), mac.begin());
  const bool marks_matter = !(pools_.at(trace.pool.value()).flags & RCH_POOL_NO_HISTORY);
  if (marks_matter && (traced.attempt != 0 || trace.mark != 0)) {
    packet = packet.tos(tos_of(trace.mark, ecmp_er_));
  }
  packet = packet.ttl(static_cast<uint8_t>(packet.ttl() - 1)).macs(kServersPortMac, mac);
  Outcome outcome{.action = XDP_REDIRECT,
                  .packet = packet.bytes(),
                  .counted = {},
                  .traffic = {{trace.backend.value(), {1, packet.wire_bytes()}}}};
  if (trace.verdict != "forward") outcome.counted[trace.verdict] = 1;
  return outcome;
}

// The program does not tell which bucket it took, but it shows in the owner.
void TraceTest::expect_bucket(const Trace& trace, const TracedPacket& traced) const {
  if (!trace.pool || *trace.pool == kEmptyPool) {
    EXPECT_FALSE(trace.bucket);
    return;
  }
  const Pool& pool = pools_.at(*trace.pool);
  ASSERT_EQ(trace.bucket, rch_bucket_hash(hash_of(traced)) & pool.mask);
  EXPECT_THAT(trace.owners, ::testing::ElementsAreArray(buckets_[pool.offset + *trace.bucket]));
}

std::string as_text(const Trace& trace) {
  std::string text;
  for (const TraceStep& step : trace.steps) text += "\n  " + step.step + ": " + step.text;
  return text;
}

TEST_F(TraceTest, SaysWhatTheProgramDoes) {
  std::set<std::string> verdicts;
  for (uint64_t seed = 1; seed <= kRounds; ++seed) {
    ASSERT_NO_FATAL_FAILURE(lay_tables(seed));
    const auto tables = open_tables();
    ASSERT_TRUE(tables) << tables.error().message;
    for (int i = 0; i < kPacketsPerRound && !HasFailure(); ++i) {
      const TracedPacket traced = random_packet();
      const auto trace = trace_packet(**tables, traced, {});
      ASSERT_TRUE(trace) << trace.error().message;
      SCOPED_TRACE(::testing::Message() << "seed " << seed << ", packet " << i << as_text(*trace));
      EXPECT_EQ(outcome_of(*trace, traced), send(as_frame(traced)));
      expect_bucket(*trace, traced);
      verdicts.insert(trace->verdict);
    }
  }
  EXPECT_THAT(verdicts, ::testing::UnorderedElementsAre("forward", "bounced", "final", "pinned",
                                                        "pass_no_service", "drop_no_backend",
                                                        "drop_no_neighbour", "drop_no_port",
                                                        "drop_settling"));
}

TEST_F(TraceTest, TellsEachStep) {
  load({.flow_seed = 7});
  add_backend(2);
  rch_backend dead{};
  dead.address = htonl(ipv4(10, 0, 0, 3));
  router().set_backend(5, dead);
  router().set_bucket(kBucket, {5, 2});
  attach(router().program_fd());
  const TracedPacket packet{.source = Address::from_ipv4_host_order(kClient.address),
                            .source_port = kClient.port,
                            .destination = Address::from_ipv4_host_order(kServiceAddress),
                            .destination_port = 80};
  const auto tables = open_tables();
  ASSERT_TRUE(tables) << tables.error().message;
  const auto trace = trace_packet(
      **tables, packet, {.pool = [](PoolIndex) { return std::string("web"); }, .generation = 12});
  ASSERT_TRUE(trace) << trace.error().message;
  const std::string text = as_text(*trace);
  EXPECT_THAT(text, HasSubstr("service: 10.0.10.0 with every port"));
  EXPECT_THAT(text, HasSubstr("pool: web (index 7), generation 12, 1 buckets"));
  EXPECT_THAT(text, HasSubstr("with seed 7"));
  EXPECT_THAT(text, HasSubstr("owner 0: 10.0.0.3 (slot 5): not live"));
  EXPECT_THAT(text, HasSubstr("mark: attempt 1: DSCP 3"));
  EXPECT_EQ(trace->backend, 2);
}

TEST_F(TraceTest, SaysWhenThereIsNothingToTrace) {
  EXPECT_THAT(LiveTables::open("/tmp", router().skeleton()).error().message,
              HasSubstr("not the state"));
  EXPECT_THAT(open_tables().error().message, HasSubstr("hangs on no interface"));
  attach(router().program_fd());
  EXPECT_TRUE(open_tables());
  ASSERT_EQ(bpf_link_detach(link_.get()), 0);  // as the kernel does when the interface goes
  EXPECT_THAT(open_tables().error().message, HasSubstr("hangs on no interface"));
}

TEST_F(TraceTest, RefusesPacketsThatCannotBe) {
  attach(router().program_fd());
  const auto tables = open_tables();
  ASSERT_TRUE(tables) << tables.error().message;
  const auto refused = [&](uint32_t attempt, Protocol protocol, bool opens) {
    TracedPacket packet;
    packet.attempt = attempt;
    packet.protocol = protocol;
    packet.opens = opens;
    const auto trace = trace_packet(**tables, packet, {});
    return trace ? std::string() : trace.error().message;
  };
  EXPECT_THAT(refused(5, Protocol::tcp, false), HasSubstr("no attempt 5"));
  EXPECT_THAT(refused(0, Protocol::any, false), HasSubstr("tcp or udp"));
  EXPECT_THAT(refused(0, Protocol::udp, true), HasSubstr("SYN"));
}

}  // namespace
}  // namespace ricochet::test
