// SPDX-License-Identifier: Apache-2.0
// The rules of DESIGN 2.2, every situation of them: attempt by owners by settling by kind of packet
// by sender by kind of mark.
#include <fmt/format.h>
#include <linux/bpf.h>

#include <array>
#include <optional>

#include "router_scene.h"

namespace ricochet::test {
namespace {

enum class OwnerState { kNone, kLive, kDead };
enum class Sender { kBackend, kStranger };
enum class MarkMode { kDscp, kEcmpEr };

struct Situation {
  MarkMode mode = MarkMode::kDscp;
  bool settling = false;
  bool backends_only_port = false;
  Sender sender = Sender::kStranger;
  bool syn = false;
  unsigned mark = 0;  // 0 none, 1 to 3 the attempt, 4 final; with ecmp-er 0 or 1
  std::array<OwnerState, RCH_OWNERS> owners{};
};

// What shall become of it: a verdict, and an owner if it is sent on.
struct Expectation {
  std::string verdict;
  std::optional<size_t> owner;
  unsigned mark = 0;
  bool mark_cleared = false;  // counted
};

constexpr unsigned kFinalMark = 4;
// The code points 3, 7, 11 and 15 of RFC 2474 pool 2, above the two ECN bits.
constexpr std::array<uint8_t, kFinalMark + 1> kDscpMarks = {0, 0x0c, 0x1c, 0x2c, 0x3c};
constexpr uint8_t kEcmpErTos = 0x01;
constexpr uint8_t kTosOfMarked[] = {0x00, 0x01};

// Slots that need both bytes, that differ in one byte alone, and the last there is.
constexpr Owners kLiveSlots = {4096, 300, 44, 1};
constexpr Owners kDeadSlots = {2000, 17, 512, 255};

std::optional<size_t> first_live(const Situation& situation, size_t from) {
  for (size_t i = from; i < RCH_OWNERS; i++)
    if (situation.owners[i] == OwnerState::kLive) return i;
  return std::nullopt;
}

Expectation expectation_of(const Situation& situation) {
  const bool marked = situation.mark != 0;
  const bool believed = marked && situation.sender == Sender::kBackend;
  if (marked && !believed && situation.backends_only_port)
    return {.verdict = "drop_foreign_mark", .owner = {}};

  Expectation expected{.verdict = "forward", .owner = {}};
  expected.mark_cleared = marked && !believed;
  if (situation.syn && situation.owners[0] == OwnerState::kNone) {
    expected.verdict = "drop_no_backend";
    return expected;
  }
  if (!believed || situation.syn) {
    expected.owner = first_live(situation, 0);
    if (!expected.owner) expected.verdict = "drop_no_backend";
    expected.mark = static_cast<unsigned>(expected.owner.value_or(0));
    return expected;
  }
  expected.owner = first_live(situation, situation.mark);
  if (expected.owner) {
    expected.verdict = "bounced";
    expected.mark = static_cast<unsigned>(*expected.owner);
  } else if (situation.settling) {
    expected.verdict = "drop_settling";
  } else {
    expected.owner = first_live(situation, 0);
    expected.verdict = expected.owner ? "final" : "drop_no_backend";
    expected.mark = kFinalMark;
  }
  return expected;
}

uint8_t tos_of(MarkMode mode, unsigned mark) {
  return mode == MarkMode::kDscp ? kDscpMarks[mark] : kTosOfMarked[mark != 0];
}

std::string describe(const Situation& situation) {
  std::string owners;
  for (const OwnerState state : situation.owners)
    owners += state == OwnerState::kNone ? " none" : state == OwnerState::kLive ? " live" : " dead";
  return fmt::format(
      "{}, mark {}, owners{}{}{}{}{}", situation.mode == MarkMode::kDscp ? "dscp" : "ecmp-er",
      situation.mark, owners, situation.syn ? ", SYN" : "",
      situation.sender == Sender::kBackend ? ", from a backend" : ", from a stranger",
      situation.backends_only_port ? ", backends-only port" : "",
      situation.settling ? ", settling" : "");
}

class RouterDecisionTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    for (const uint16_t slot : kLiveSlots) add_backend(slot);
    for (const uint16_t slot : kDeadSlots) add_backend(slot, 0);
    router().declare_backends_only(servers_ifindex());
  }

  void set_owners(const std::array<OwnerState, RCH_OWNERS>& states) {
    Owners owners{};
    for (size_t i = 0; i < RCH_OWNERS; i++) {
      if (states[i] == OwnerState::kLive) owners[i] = kLiveSlots[i];
      if (states[i] == OwnerState::kDead) owners[i] = kDeadSlots[i];
    }
    router().set_bucket(kBucket, owners);
  }

  void set_pool_flags(MarkMode mode, bool settling) {
    router().set_pool(kPool, kBucket, 0,
                      (settling ? RCH_POOL_SETTLING : 0) |
                          (mode == MarkMode::kEcmpEr ? RCH_POOL_MARK_ECMP_ER : 0));
  }

  void check(const Situation& situation) {
    const Mac& from = situation.sender == Sender::kBackend ? kTrustedMac : kStrangerMac;
    const Packet packet = Packet::tcp(kClient, kService, situation.syn ? kSyn : kAck)
                              .macs(from, kRouterMac)
                              .tos(tos_of(situation.mode, situation.mark));
    const Outcome actual = situation.backends_only_port ? send_back(packet) : send(packet);
    ASSERT_EQ(outcome_of(situation, packet), actual) << describe(situation);
  }

  static Outcome outcome_of(const Situation& situation, const Packet& packet) {
    const Expectation expected = expectation_of(situation);
    Outcome outcome;
    if (!expected.owner) {
      outcome = dropped(packet, expected.verdict);
    } else {
      outcome =
          forwarded(packet.tos(tos_of(situation.mode, expected.mark)), kLiveSlots[*expected.owner]);
      if (expected.verdict != "forward") outcome.counted[expected.verdict] = 1;
      if (situation.backends_only_port) outcome.action = XDP_TX;
    }
    if (expected.mark_cleared) outcome.counted["mark_cleared"] = 1;
    return outcome;
  }

  inline static const Mac kTrustedMac = backend_mac(kLiveSlots[2]);
};

constexpr size_t kOwnerPatterns = 3 * 3 * 3 * 3;

std::array<OwnerState, RCH_OWNERS> owner_pattern(size_t number) {
  std::array<OwnerState, RCH_OWNERS> states{};
  for (OwnerState& state : states) {
    state = static_cast<OwnerState>(number % 3);
    number /= 3;
  }
  return states;
}

TEST_F(RouterDecisionTest, EverySituation) {
  size_t situations = 0;
  for (size_t pattern = 0; pattern < kOwnerPatterns; pattern++) {
    set_owners(owner_pattern(pattern));
    for (const MarkMode mode : {MarkMode::kDscp, MarkMode::kEcmpEr}) {
      const unsigned marks = mode == MarkMode::kDscp ? kFinalMark + 1 : 2;
      for (const bool settling : {false, true}) {
        set_pool_flags(mode, settling);
        for (unsigned mark = 0; mark < marks; mark++)
          for (const Sender sender : {Sender::kBackend, Sender::kStranger})
            for (const bool backends_only : {false, true})
              for (const bool syn : {false, true}) {
                ASSERT_NO_FATAL_FAILURE(check({.mode = mode,
                                               .settling = settling,
                                               .backends_only_port = backends_only,
                                               .sender = sender,
                                               .syn = syn,
                                               .mark = mark,
                                               .owners = owner_pattern(pattern)}));
                situations++;
              }
      }
    }
  }
  EXPECT_EQ(kOwnerPatterns * 7 * 2 * 2 * 2 * 2, situations);
}

TEST_F(RouterDecisionTest, OnlyASynWithoutAckOpensAConnection) {
  set_owners({OwnerState::kNone, OwnerState::kLive});
  for (unsigned flags = 0; flags < 256; flags++) {
    const Packet packet = Packet::tcp(kClient, kService, static_cast<uint8_t>(flags));
    const bool opens = (flags & kSyn) && !(flags & kAck);
    const Outcome expected = opens ? dropped(packet, "drop_no_backend")
                                   : forwarded(packet.tos(kDscpMarks[1]), kLiveSlots[1]);
    EXPECT_EQ(expected, send(packet)) << "flags " << flags;
  }
}

TEST_F(RouterDecisionTest, UdpIsMarkedAsTcpIs) {
  set_owners({OwnerState::kDead, OwnerState::kLive});
  const Packet packet = Packet::udp(kClient, kService);
  EXPECT_EQ(forwarded(packet.tos(kDscpMarks[1]), kLiveSlots[1]), send(packet));
}

TEST_F(RouterDecisionTest, AnOwnerThatIsNoBackendIsSkipped) {
  constexpr uint16_t kNeverSet = 99, kBeyondTheArray = 60000;
  const Packet packet = Packet::tcp(kClient, kService);
  router().set_bucket(kBucket, {kNeverSet, kBeyondTheArray, kLiveSlots[1]});
  EXPECT_EQ(forwarded(packet.tos(kDscpMarks[2]), kLiveSlots[1]), send(packet));
  router().set_bucket(kBucket, {kNeverSet, kBeyondTheArray});
  EXPECT_EQ(dropped(packet, "drop_no_backend"), send(packet));
}

TEST_F(RouterDecisionTest, EveryByteOfTheSendersMacCounts) {
  set_owners({OwnerState::kLive, OwnerState::kLive});
  const Packet marked = Packet::tcp(kClient, kService).tos(kDscpMarks[1]);
  for (size_t i = 0; i < ETH_ALEN; i++) {
    Mac mac = kTrustedMac;
    mac[i] = static_cast<uint8_t>(mac[i] ^ 0x80);
    const Packet packet = marked.macs(mac, kRouterMac);
    EXPECT_EQ(forwarded(packet.tos(0), kLiveSlots[0], {"mark_cleared"}), send(packet)) << i;
  }
  // Which is how a free word of the table of backends looks.
  const Packet from_nobody = marked.macs(Mac{}, kRouterMac);
  EXPECT_EQ(forwarded(from_nobody.tos(0), kLiveSlots[0], {"mark_cleared"}), send(from_nobody));
  // To a backend is not from a backend.
  const Packet packet = marked.macs(kStrangerMac, kTrustedMac);
  EXPECT_EQ(forwarded(packet.tos(0), kLiveSlots[0], {"mark_cleared"}), send(packet));
}

}  // namespace
}  // namespace ricochet::test
