// SPDX-License-Identifier: Apache-2.0
//
// What a trace says, of tables that are made up. That it is true is a matter of tests/bpf.
#include "dataplane/trace.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint32_t kService = 0x0a000a00;  // 10.0.10.0

rch_bucket bucket_of(const std::array<uint16_t, RCH_OWNERS>& owners) {
  return rch_bucket_of(owners.data());
}

// One service, 10.0.10.0:80, of pool 7 with one bucket at 24.
class FakeTables final : public LiveTables {
 public:
  uint64_t flow_seed() const override { return 0; }
  std::optional<rch_service> service(const ServiceKey& key) const override {
    if (key.prefix.address() != Address::from_ipv4_host_order(kService)) return std::nullopt;
    if (key.port != 80 || key.protocol != protocol) return std::nullopt;
    return rch_service_of(7, options);
  }
  std::optional<PrefixMatch> prefix(Address) const override { return std::nullopt; }
  uint64_t pool_word(rch_pool_index) const override {
    return ++reads_ == 1 || !flips ? word : rch_pool_word(48, 0, 0);
  }
  rch_bucket bucket(uint32_t index) const override { return buckets.at(index); }
  uint64_t pin(uint64_t) const override { return pin_of_the_flow; }
  std::optional<uint64_t> kept_flow(uint64_t) const override { return kept; }
  rch_address source_mask(bool ipv4) const override {
    return ipv4 ? rch_ipv4(htonl(0xffffff00)) : rch_address{{~0u, 0, 0, 0}};
  }
  bool forwards_by_fib() const override { return false; }
  rch_backend backend(uint16_t slot) const override { return backends.at(slot); }
  std::optional<rch_nexthop> neighbour(Address) const override { return std::nullopt; }
  bool is_port(uint32_t ifindex) const override { return ifindex == 3; }
  std::string interface_name(uint32_t ifindex) const override {
    return "eth" + std::to_string(ifindex);
  }

  void add_backend(uint16_t slot, uint32_t flags, uint32_t ifindex = 3) {
    rch_backend& backend = backends[slot];
    backend.address = rch_ipv4(htonl(0x0a000000 + slot));
    backend.flags = flags;
    backend.nexthop.ifindex = ifindex;
    backend.nexthop.mac[5] = static_cast<uint8_t>(slot);
  }

  uint64_t word = rch_pool_word(24, 0, 0);
  bool flips = false;  // after the first look, to a table at 48
  std::map<uint32_t, rch_bucket> buckets;
  uint64_t pin_of_the_flow = 0;
  uint32_t options = 0;  // of the service
  Protocol protocol = Protocol::tcp;
  std::optional<uint64_t> kept;
  std::map<uint16_t, rch_backend> backends;

 private:
  mutable int reads_ = 0;
};

class TraceWordsTest : public ::testing::Test {
 protected:
  TraceWordsTest() {
    packet_.source = *Address::parse("10.1.0.9");
    packet_.source_port = 40000;
    packet_.destination = Address::from_ipv4_host_order(kService);
    packet_.destination_port = 80;
  }

  Trace trace() {
    const auto traced = trace_packet(tables_, packet_, names_);
    EXPECT_TRUE(traced);
    return *traced;
  }

  // The text of the last step of this name; empty without one.
  static std::string text_of(const Trace& trace, std::string_view step) {
    std::string text;
    for (const TraceStep& each : trace.steps) {
      if (each.step == step) text = each.text;
    }
    return text;
  }

  FakeTables tables_;
  TracedPacket packet_;
  TraceNames names_;
};

TEST_F(TraceWordsTest, IsOfOneFamily) {
  EXPECT_TRUE(check_traced(packet_));
  packet_.source = *Address::parse("2001:db8::9");
  EXPECT_EQ(check_traced(packet_).error().message,
            "2001:db8::9 and 10.0.10.0 are of two families: no packet has both");
  EXPECT_FALSE(trace_packet(tables_, packet_, names_));
}

TEST_F(TraceWordsTest, FollowsAPacketToItsOwner) {
  tables_.buckets[24] = bucket_of({2, 1, 0, 0});
  tables_.add_backend(2, RCH_BACKEND_LIVE);
  names_ = {.pool = [](PoolIndex) { return std::string("web"); }, .generation = 12};
  const Trace traced = trace();
  std::vector<std::string> steps;
  for (const TraceStep& step : traced.steps) steps.push_back(step.step);
  EXPECT_THAT(steps, ElementsAre("service", "pool", "bucket", "attempt", "owner 0", "next hop",
                                 "way out", "verdict"));
  EXPECT_EQ(text_of(traced, "service"), "10.0.10.0:80/tcp");
  EXPECT_THAT(text_of(traced, "pool"), StartsWith("web (index 7), generation 12"));
  EXPECT_THAT(text_of(traced, "owner 0"), StartsWith("10.0.0.2 (slot 2): live"));
  EXPECT_THAT(text_of(traced, "next hop"), HasSubstr("00:00:00:00:00:02 behind eth3"));
  EXPECT_EQ(text_of(traced, "way out"), "eth3");
  EXPECT_EQ(traced.verdict, "forward");
  EXPECT_EQ(traced.pool, 7u);
  EXPECT_EQ(traced.bucket, 0u);
  EXPECT_THAT(traced.owners, ElementsAre(2, 1, 0, 0));
  EXPECT_EQ(traced.backend, 2);
}

TEST_F(TraceWordsTest, SaysWhyAnOwnerIsSkipped) {
  tables_.buckets[24] = bucket_of({1, 2, 3, 0});
  tables_.add_backend(1, RCH_BACKEND_LIVE);
  tables_.add_backend(2, 0);
  tables_.add_backend(3, RCH_BACKEND_LIVE);
  packet_.attempt = 1;
  const Trace traced = trace();
  EXPECT_THAT(text_of(traced, "owner 0"), HasSubstr("passed over"));
  EXPECT_THAT(text_of(traced, "owner 1"), HasSubstr("not live"));
  EXPECT_THAT(text_of(traced, "owner 2"), StartsWith("10.0.0.3"));
  EXPECT_EQ(text_of(traced, "mark"), "attempt 2: DSCP 7");
  EXPECT_EQ(traced.verdict, "bounced");
}

TEST_F(TraceWordsTest, EndsWithWhatIsMissing) {
  tables_.buckets[24] = bucket_of({1, 0, 0, 0});
  tables_.add_backend(1, 0);
  EXPECT_THAT(text_of(trace(), "past the last owner"), HasSubstr("no owner"));
  tables_.add_backend(1, RCH_BACKEND_LIVE, 9);
  EXPECT_EQ(text_of(trace(), "way out"), "eth9 is no port now, or not there");
  tables_.add_backend(1, RCH_BACKEND_LIVE | RCH_BACKEND_CONNECTED);
  EXPECT_THAT(text_of(trace(), "next hop"), HasSubstr("10.0.10.0 is not a neighbour"));
  tables_.word = rch_pool_word(24, 0, RCH_POOL_SETTLING);
  packet_.attempt = 2;
  EXPECT_THAT(text_of(trace(), "past the last owner"), HasSubstr("settling"));
  packet_.destination_port = 81;
  EXPECT_THAT(text_of(trace(), "service"), StartsWith("none: not 10.0.10.0:81/tcp"));
}

TEST_F(TraceWordsTest, NeverMixesTwoTables) {
  tables_.buckets[24] = bucket_of({1, 0, 0, 0});
  tables_.buckets[48] = bucket_of({2, 0, 0, 0});
  tables_.add_backend(1, RCH_BACKEND_LIVE);
  tables_.add_backend(2, RCH_BACKEND_LIVE);
  tables_.flips = true;
  EXPECT_EQ(trace().backend, 2);
}

// The flow of the packet in a bucket with pins, whose owner 0 is backend 1.
class TracePinTest : public TraceWordsTest {
 protected:
  TracePinTest() {
    tables_.buckets[24] = bucket_of({1, 2, 0, 0}) | RCH_BUCKET_PINNED;
    for (const uint16_t slot : {uint16_t{1}, uint16_t{2}})
      tables_.add_backend(slot, RCH_BACKEND_LIVE);
    tables_.backends[2].epoch = 5;
    tables_.pin_of_the_flow = rch_pin(0, 2, 5);
  }

  // Goes to owner 0, and the pin says why.
  void expect_unpinned(const std::string& why) {
    const Trace traced = trace();
    EXPECT_THAT(text_of(traced, "pin"), HasSubstr(why));
    EXPECT_EQ(traced.backend, 1);
    EXPECT_EQ(traced.verdict, "forward");
  }
};

TEST_F(TracePinTest, FollowsThePin) {
  const Trace traced = trace();
  EXPECT_EQ(text_of(traced, "pin"),
            "10.0.0.2 (slot 2): took the flow when it was bounced, so the packet is for it");
  EXPECT_EQ(text_of(traced, "owner 0"), "");
  EXPECT_EQ(text_of(traced, "mark"), "pinned: DSCP 19");
  EXPECT_EQ(traced.verdict, "pinned");
  EXPECT_EQ(traced.backend, 2);
  EXPECT_EQ(traced.mark, uint32_t{RCH_MARK_PINNED});
  EXPECT_THAT(traced.owners, ElementsAre(1, 2, 0, 0));
}

TEST_F(TracePinTest, SaysWhyThereIsNone) {
  tables_.pin_of_the_flow = 0;
  expect_unpinned("none: other flows of the bucket have one");
}

TEST_F(TracePinTest, SaysWhyItDoesNotCount) {
  tables_.backends[2].epoch = 6;
  expect_unpinned("the backend that had slot 2 before");
  tables_.add_backend(2, 0);
  expect_unpinned("10.0.0.2 (slot 2): not live");
}

TEST_F(TracePinTest, ANewConnectionForgetsIt) {
  packet_.opens = true;
  expect_unpinned("a SYN is a new connection");
}

TEST_F(TracePinTest, ABouncedPacketDoesNotLookForIt) {
  packet_.attempt = 1;
  const Trace traced = trace();
  EXPECT_EQ(text_of(traced, "pin"), "");
  EXPECT_EQ(traced.verdict, "bounced");
}

TEST_F(TracePinTest, WithoutTheBucketsBitNobodyLooksForIt) {
  tables_.buckets[24] = bucket_of({1, 2, 0, 0});
  EXPECT_EQ(text_of(trace(), "pin"), "");
}

TEST_F(TraceWordsTest, TellsWhatPlacesTheFlow) {
  tables_.options = RCH_AFFINITY_SOURCE;
  tables_.buckets[24] = 0;
  EXPECT_EQ(text_of(trace(), "service"), "10.0.10.0:80/tcp, placed by the client's address");
}

class TraceDatagramTest : public TraceWordsTest {
 protected:
  TraceDatagramTest() {
    packet_.protocol = Protocol::udp;
    tables_.protocol = Protocol::udp;
    tables_.options = RCH_SERVICE_KEEP_FLOWS;
    tables_.buckets[24] = bucket_of({2, 1, 0, 0});
    tables_.add_backend(1, RCH_BACKEND_LIVE);
    tables_.add_backend(2, RCH_BACKEND_LIVE);
  }
};

TEST_F(TraceDatagramTest, AKeptFlowIsFound) {
  tables_.kept = rch_pin(0, 1, 0);
  const Trace traced = trace();
  EXPECT_THAT(text_of(traced, "kept flow"), HasSubstr("10.0.0.1 (slot 1): the flow began there"));
  EXPECT_EQ(traced.verdict, "kept");
  EXPECT_EQ(traced.backend, 1);
  EXPECT_EQ(traced.mark, static_cast<uint32_t>(RCH_MARK_NONE));
}

TEST_F(TraceDatagramTest, AFlowBegins) {
  tables_.kept = 0;
  const Trace traced = trace();
  EXPECT_THAT(text_of(traced, "kept flow"), StartsWith("begins with this packet"));
  EXPECT_EQ(traced.verdict, "forward");
  EXPECT_EQ(traced.backend, 2);
}

TEST_F(TraceDatagramTest, AFlowOfADeadServerBeginsAnew) {
  tables_.kept = rch_pin(0, 1, 0);
  tables_.backends[1].flags = 0;
  const Trace traced = trace();
  EXPECT_EQ(traced.verdict, "forward");
  EXPECT_EQ(traced.backend, 2);
}

TEST_F(TraceDatagramTest, WithoutMemoryNoFlowIsKept) {
  EXPECT_THAT(text_of(trace(), "kept flow"), HasSubstr("flow_memory_mib is 0"));
}

TEST_F(TraceDatagramTest, AConnectionIdIsNotDescribed) {
  tables_.options = RCH_SERVICE_QUIC;
  EXPECT_THAT(text_of(trace(), "quic"), HasSubstr("this is another"));
}

}  // namespace
}  // namespace ricochet
