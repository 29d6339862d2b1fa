// SPDX-License-Identifier: Apache-2.0
// The tap of the router: what it shows, of which packets, and that it costs no packet.
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <sched.h>

#include <algorithm>
#include <ctime>

#include "router_scene.h"
#include "tap_records.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 3;

uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

rch_tap_filter filter(Endpoint a = {}, Endpoint b = {}) {
  return {.enabled = 1,
          .a = {.address = a.address.encode(), .port = htons(a.port), .reserved = 0},
          .b = {.address = b.address.encode(), .port = htons(b.port), .reserved = 0}};
}

class RouterTapTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    add_backend(kOwner);
    router().set_bucket(kBucket, {kOwner});
  }

  bool is_shown(const Packet& packet) {
    send(packet);
    return !what_is_shown(router().tap()).empty();
  }

  std::vector<Shown> in_and_out(const Packet& packet) {
    return {shown(RCH_TAP_IN, client_ifindex(), 0, packet.bytes()),
            shown(RCH_TAP_OUT, servers_ifindex(), RCH_ROUTER_FORWARD, hop(packet, kOwner).bytes())};
  }

  const Packet packet_ = Packet::tcp(kClient, kService).payload("GET /10B.txt HTTP/1.1\r\n\r\n");
  const Packet reply_ = Packet::tcp(kService, kClient);
};

TEST_F(RouterTapTest, OffItWritesNothing) {
  EXPECT_FALSE(is_shown(packet_));
  rch_tap_filter off = filter(kClient, kService);
  off.enabled = 0;
  router().tap().set_filter(off);
  EXPECT_FALSE(is_shown(packet_));
}

TEST_F(RouterTapTest, ShowsAPacketAsItCameAndAsItLeft) {
  router().tap().set_filter(filter());
  send(packet_);
  EXPECT_EQ(in_and_out(packet_), what_is_shown(router().tap()));
}

TEST_F(RouterTapTest, ShowsWhatLeavesWhereItCameFrom) {
  router().tap().set_filter(filter());
  send_back(packet_);
  const auto records = what_is_shown(router().tap());
  ASSERT_EQ(2u, records.size());
  EXPECT_EQ(shown(RCH_TAP_IN, servers_ifindex(), 0, packet_.bytes()), records[0]);
  EXPECT_EQ(shown(RCH_TAP_OUT, servers_ifindex(), RCH_ROUTER_FORWARD, hop(packet_, kOwner).bytes()),
            records[1]);
}

TEST_F(RouterTapTest, ShowsTheEndOfWhatDoesNotLeave) {
  router().tap().set_filter(filter());
  send(packet_.ttl(1));
  send(reply_);
  const auto records = what_is_shown(router().tap());
  ASSERT_EQ(4u, records.size());
  EXPECT_EQ(
      shown(RCH_TAP_END, client_ifindex(), RCH_ROUTER_DROP_TTL_EXPIRED, packet_.ttl(1).bytes()),
      records[1]);
  EXPECT_EQ(shown(RCH_TAP_END, client_ifindex(), RCH_ROUTER_PASS_NO_SERVICE, reply_.bytes()),
            records[3]);
}

TEST_F(RouterTapTest, TellsTimeAndCpu) {
  cpu_set_t before, one;
  ASSERT_EQ(0, sched_getaffinity(0, sizeof(before), &before));
  const int cpu = sched_getcpu();
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
  router().tap().set_filter(filter());
  const uint64_t begin_ns = monotonic_ns();
  send(packet_);
  const uint64_t end_ns = monotonic_ns();
  ASSERT_EQ(0, sched_setaffinity(0, sizeof(before), &before));

  const auto entries = router().tap().read();
  ASSERT_EQ(2u, entries.size());
  EXPECT_LE(begin_ns, entries[0].record.time_ns);
  EXPECT_LE(entries[0].record.time_ns, entries[1].record.time_ns);
  EXPECT_LE(entries[1].record.time_ns, end_ns);
  for (const TapEntry& entry : entries) EXPECT_EQ(cpu, entry.record.cpu);
}

TEST_F(RouterTapTest, ALongPacketIsShownInPart) {
  router().tap().set_filter(filter());
  const auto headers = static_cast<size_t>(Packet::tcp(kClient, kService).wire_bytes());
  for (const size_t bytes :
       {RCH_TAP_SNAP_BYTES - 1, RCH_TAP_SNAP_BYTES, RCH_TAP_SNAP_BYTES + 1, 8900}) {
    SCOPED_TRACE(bytes);
    const Packet packet = packet_.payload(std::string(bytes - headers, 'x'));
    ASSERT_EQ(forwarded(packet, kOwner), send(packet));
    EXPECT_EQ(in_and_out(packet), what_is_shown(router().tap()));
  }
}

TEST_F(RouterTapTest, AFilterOfTwoEndsShowsBothDirections) {
  for (const auto& both : {filter(kClient, kService), filter(kService, kClient)}) {
    router().tap().set_filter(both);
    EXPECT_TRUE(is_shown(packet_));
    EXPECT_TRUE(is_shown(reply_));
    EXPECT_FALSE(is_shown(Packet::tcp({kClient.address + 1, kClient.port}, kService)));
    EXPECT_FALSE(is_shown(Packet::tcp({kClient.address, 1}, kService)));
    EXPECT_FALSE(is_shown(Packet::tcp(kClient, {kService.address + 1, kService.port})));
    EXPECT_FALSE(is_shown(Packet::tcp(kClient, {kService.address, 1})));
    // The right numbers at the wrong ends.
    EXPECT_FALSE(is_shown(Packet::tcp({kClient.address, 80}, {kServiceAddress, kClient.port})));
    EXPECT_FALSE(is_shown(Packet::tcp(kClient, kClient)));
    EXPECT_FALSE(is_shown(Packet::tcp(kService, kService)));
  }
}

TEST_F(RouterTapTest, AZeroFieldMatchesAnything) {
  const Packet stranger = Packet::tcp({ipv4(9, 9, 9, 9), 9}, {ipv4(8, 8, 8, 8), 8});
  const std::vector<std::pair<Endpoint, Endpoint>> filters = {
      {{kServiceAddress, 0}, {}},
      {{{}, 80}, {}},
      {{}, {kServiceAddress, 0}},
      {{}, {{}, 80}},
      {kService, {}},
      {{}, kClient},
      {{kClient.address, 0}, {kServiceAddress, 0}}};
  for (size_t i = 0; i < filters.size(); i++) {
    SCOPED_TRACE(i);
    router().tap().set_filter(filter(filters[i].first, filters[i].second));
    EXPECT_TRUE(is_shown(packet_));
    EXPECT_TRUE(is_shown(reply_));
    EXPECT_FALSE(is_shown(stranger));
  }
  router().tap().set_filter(filter());
  EXPECT_TRUE(is_shown(stranger));
}

TEST_F(RouterTapTest, AFilterIsAboutIpPacketsThatCanBeRead) {
  const Packet malformed = packet_.claim_tcp_words(4);
  const Packet arp = packet_.ether_type(ETH_P_ARP);
  router().tap().set_filter(filter({kServiceAddress, 0}));
  EXPECT_FALSE(is_shown(malformed));
  EXPECT_FALSE(is_shown(arp));
  EXPECT_TRUE(is_shown(Packet::icmp(kClient.address, kServiceAddress)));
  EXPECT_TRUE(is_shown(packet_.fragment(8, false)));
  router().tap().set_filter(filter());
  EXPECT_TRUE(is_shown(malformed));
  EXPECT_TRUE(is_shown(arp));
  // Whose ports are not known matches no port.
  router().tap().set_filter(filter(kService));
  EXPECT_FALSE(is_shown(packet_.fragment(8, false)));
}

TEST_F(RouterTapTest, AFullRingLosesRecordsAndNoPackets) {
  router().tap().set_filter(filter());
  const Packet packet = packet_.payload(std::string(8900, 'x'));
  constexpr size_t kPackets = RCH_TAP_RING_BYTES / RCH_TAP_SNAP_BYTES;  // two records each
  for (size_t i = 0; i < kPackets; i++) ASSERT_EQ(forwarded(packet, kOwner), send(packet));
  const std::vector<TapEntry> seen = router().tap().read();
  EXPECT_GT(seen.size(), kPackets / 2);
  // A packet whose way in found no room is not shown on its way out: it would pass for another's.
  const auto arrived = static_cast<size_t>(std::ranges::count_if(
      seen, [](const TapEntry& entry) { return entry.record.direction == RCH_TAP_IN; }));
  const size_t left = seen.size() - arrived;
  EXPECT_EQ(router().tap().lost(), (kPackets - arrived) + (arrived - left));

  send(packet_);
  EXPECT_EQ(in_and_out(packet_), what_is_shown(router().tap()));
}

}  // namespace
}  // namespace ricochet::test
