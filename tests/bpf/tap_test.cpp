// SPDX-License-Identifier: Apache-2.0
//
// The tap of a router as `ricochet capture` uses it: on, filtered, off, killed, overrun.
#include "dataplane/tap.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "dataplane/router.h"
#include "dataplane/state_dir.h"
#include "private_network.h"
#include "util/fd.h"
#include "xdp_run.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr test::Endpoint kClient{.address = test::ipv4(10, 0, 99, 1), .port = 40000};
constexpr test::Endpoint kElsewhere{.address = test::ipv4(10, 0, 77, 7), .port = 80};
constexpr rch_tap_filter kEverything{};

struct Seen {
  rch_tap_record record;
  test::Bytes packet;
};

class TapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    test::enter_private_network();
    char name[] = "/tmp/ricochet-tap-XXXXXX";
    state_dir_ = ::mkdtemp(name);
    RouterOptions options;
    options.ports = {"lo"};
    options.state_dir = state_dir_;
    options.table_memory_mib = 1;
    auto router = RouterDataplane::open(options);
    ASSERT_TRUE(router) << router.error().message;
    ASSERT_TRUE((*router)->attach());
    program_ = attached_program(StateDir::open(state_dir_)->link_pin("lo"));
  }

  void TearDown() override {
    if (state_dir_.empty()) return;
    const auto state = StateDir::open(state_dir_);
    if (state) {
      EXPECT_TRUE(state->detach());
      EXPECT_TRUE(state->purge());
    }
    EXPECT_FALSE(fs::exists(state_dir_));
  }

  std::unique_ptr<Tap> open() {
    auto tap = Tap::open(state_dir_);
    if (!tap) {
      ADD_FAILURE() << tap.error().message;
      return nullptr;
    }
    return *std::move(tap);
  }

  // To no service: the router passes it.
  void send(const test::Packet& packet) {
    test::run_xdp(program_.get(), packet.bytes(), test::kLoopbackIfindex);
  }

  static std::vector<Seen> poll(Tap& tap, size_t most = SIZE_MAX) {
    std::vector<Seen> all;
    EXPECT_TRUE(tap.poll(0, [&](const rch_tap_record& record, std::span<const uint8_t> bytes) {
      all.push_back({record, {bytes.begin(), bytes.end()}});
      return all.size() < most;
    }));
    return all;
  }

  fs::path state_dir_;

 private:
  static Fd attached_program(const fs::path& link_pin) {
    const Fd link(bpf_obj_get(link_pin.c_str()));
    bpf_link_info info{};
    uint32_t info_bytes = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(link.get(), &info, &info_bytes), 0);
    return Fd(bpf_prog_get_fd_by_id(info.prog_id));
  }

  Fd program_;
};

test::Packet a_packet() {
  return test::Packet::tcp(kClient, kElsewhere).payload("hello");
}

TEST_F(TapTest, ShowsAPacketAsItCameAndItsVerdict) {
  const auto tap = open();
  ASSERT_TRUE(tap);
  EXPECT_TRUE(tap->of_router());
  ASSERT_TRUE(tap->enable(kEverything));
  send(a_packet());
  const auto seen = poll(*tap);
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].record.direction, RCH_TAP_IN);
  EXPECT_EQ(seen[0].record.packet_bytes, a_packet().bytes().size());
  EXPECT_EQ(seen[0].packet, a_packet().bytes());
  EXPECT_EQ(seen[1].record.direction, RCH_TAP_END);
  EXPECT_EQ(seen[1].record.verdict, RCH_ROUTER_PASS_NO_SERVICE);
  EXPECT_EQ(tap->interface_name(seen[0].record.ifindex), "lo");
  EXPECT_EQ(tap->interface_name(4711), "if4711");
  EXPECT_EQ(tap->lost(), 0u);
}

TEST_F(TapTest, ShowsWhatTheFilterAsksFor) {
  const auto tap = open();
  ASSERT_TRUE(tap);
  rch_tap_filter filter{};
  filter.a = {.address = kClient.address.encode(), .port = htons(kClient.port), .reserved = 0};
  ASSERT_TRUE(tap->enable(filter));
  send(test::Packet::tcp({kClient.address, 1}, kElsewhere));
  EXPECT_THAT(poll(*tap), IsEmpty());
  send(test::Packet::tcp(kElsewhere, kClient));
  EXPECT_THAT(poll(*tap), SizeIs(2));
}

TEST_F(TapTest, IsOffBeforeAndAfter) {
  {
    const auto tap = open();
    ASSERT_TRUE(tap);
    send(a_packet());
    EXPECT_THAT(poll(*tap), IsEmpty());
    ASSERT_TRUE(tap->enable(kEverything));
    send(a_packet());
    tap->disable();
    send(a_packet());
    EXPECT_THAT(poll(*tap), SizeIs(2)) << "what was seen before can be read";
    ASSERT_TRUE(tap->enable(kEverything));
  }
  send(a_packet());
  const auto tap = open();
  ASSERT_TRUE(tap);
  EXPECT_THAT(poll(*tap), IsEmpty()) << "it was left on";
}

TEST_F(TapTest, GivesTheRestToTheNextPoll) {
  const auto tap = open();
  ASSERT_TRUE(tap);
  ASSERT_TRUE(tap->enable(kEverything));
  send(a_packet());
  send(a_packet());
  EXPECT_THAT(poll(*tap, 1), SizeIs(1));
  EXPECT_THAT(poll(*tap), SizeIs(3));
}

TEST_F(TapTest, OneCaptureAtATime) {
  {
    const auto tap = open();
    ASSERT_TRUE(tap);
    const auto second = Tap::open(state_dir_);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("another capture is running"));
  }
  EXPECT_TRUE(open());
}

TEST_F(TapTest, TakesOverFromACaptureThatWasKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto tap = Tap::open(state_dir_);
    if (!tap || !(*tap)->enable(kEverything)) ::_exit(1);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  send(a_packet());
  const auto tap = open();
  ASSERT_TRUE(tap);
  rch_tap_filter filter{};
  filter.a.address = test::IpAddress(test::ipv4(10, 9, 9, 9)).encode();
  ASSERT_TRUE(tap->enable(filter));
  send(a_packet());
  EXPECT_THAT(poll(*tap), IsEmpty());
}

TEST_F(TapTest, CountsWhatFoundNoRoom) {
  const auto tap = open();
  ASSERT_TRUE(tap);
  ASSERT_TRUE(tap->enable(kEverything));
  const test::Packet large = a_packet().payload(std::string(3000, 'x'));
  const size_t packets = RCH_TAP_RING_BYTES / large.bytes().size();
  for (size_t i = 0; i < packets; ++i) send(large);
  const auto seen = poll(*tap);
  EXPECT_GT(seen.size(), packets / 2);
  EXPECT_GT(tap->lost(), 0u);
  for (size_t i = 0; i < seen.size(); ++i) {
    ASSERT_EQ(seen[i].record.direction, i % 2 == 0 ? RCH_TAP_IN : RCH_TAP_END) << i;
  }
  ASSERT_TRUE(tap->enable(kEverything));
  EXPECT_EQ(tap->lost(), 0u) << "an earlier loss is not this capture's";
}

TEST(Tap, SaysThatThereIsNoStateThere) {
  const auto tap = Tap::open("/nowhere");
  ASSERT_FALSE(tap);
  EXPECT_THAT(tap.error().message, HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace ricochet
