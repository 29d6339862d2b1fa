// SPDX-License-Identifier: Apache-2.0
// The mark in the ToS byte: which bytes are marks, and what of the byte survives.
#include <linux/bpf.h>

#include <array>
#include <map>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint8_t kEcnBits = 0x03;
constexpr uint8_t kEcmpErTos = 0x01;
constexpr Owners kOwners = {1, 2, 3, 4};

// The marks by code point: RFC 2474 pool 2, xxxx11, counted from the lowest.
const std::map<unsigned, unsigned> kMarkOfCodePoint = {{3, 1},  {7, 2},  {11, 3},
                                                       {15, 4}, {19, 5}, {23, 6}};
constexpr unsigned kFinal = 4;
constexpr std::array<uint8_t, 5> kCodePointOfMark = {0, 3, 7, 11, 15};

class RouterMarkTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (!IsSkipped()) lay_owners();
  }

  void lay_owners() {
    for (const uint16_t slot : kOwners) add_backend(slot);
    router().set_bucket(kBucket, kOwners);
  }

  void use_ecmp_er() { router().set_pool(kPool, kBucket, 0, RCH_POOL_MARK_ECMP_ER); }

  const Packet from_client_ = Packet::tcp(kClient, kService);
  const Packet from_backend_ = from_client_.macs(backend_mac(2), kRouterMac);
};

uint8_t with_code_point(unsigned code_point, unsigned tos) {
  return static_cast<uint8_t>(code_point << 2 | (tos & kEcnBits));
}

TEST_F(RouterMarkTest, DscpKeepsTheEcnBitsOfEveryTosFromABackend) {
  for (unsigned tos = 0; tos < 256; tos++) {
    SCOPED_TRACE(tos);
    const Packet packet = from_backend_.tos(static_cast<uint8_t>(tos));
    const auto mark = kMarkOfCodePoint.find(tos >> 2);
    if (mark == kMarkOfCodePoint.end()) {
      EXPECT_EQ(forwarded(packet, kOwners[0]), send(packet));
    } else if (mark->second < kOwners.size()) {
      EXPECT_EQ(forwarded(packet, kOwners[mark->second], {"bounced"}), send(packet));
    } else if (mark->second == kFinal) {
      EXPECT_EQ(forwarded(packet, kOwners[0], {"final"}), send(packet));
    } else {
      EXPECT_EQ(forwarded(packet.tos(with_code_point(0, tos)), kOwners[0], {"restarted"}),
                send(packet));
    }
  }
}

TEST_F(RouterMarkTest, DscpClearsTheMarksOfStrangersAndNothingElse) {
  for (unsigned tos = 0; tos < 256; tos++) {
    SCOPED_TRACE(tos);
    const Packet packet = from_client_.tos(static_cast<uint8_t>(tos));
    if (kMarkOfCodePoint.contains(tos >> 2)) {
      EXPECT_EQ(forwarded(packet.tos(with_code_point(0, tos)), kOwners[0], {"mark_cleared"}),
                send(packet));
    } else {
      EXPECT_EQ(forwarded(packet, kOwners[0]), send(packet));
    }
  }
}

TEST_F(RouterMarkTest, DscpMarkReplacesAnyCodePointAndKeepsEcn) {
  router().set_bucket(kBucket, {0, 0, 0, 4});
  for (unsigned tos = 0; tos < 256; tos++) {
    SCOPED_TRACE(tos);
    if (kMarkOfCodePoint.contains(tos >> 2)) continue;
    const Packet packet = from_client_.tos(static_cast<uint8_t>(tos));
    EXPECT_EQ(forwarded(packet.tos(with_code_point(kCodePointOfMark[3], tos)), 4), send(packet));
  }
}

TEST_F(RouterMarkTest, DscpMarkFollowsTheOwnerThatWasFound) {
  router().set_bucket(kBucket, {1, 0, 0, 4});
  const Packet packet = from_backend_.tos(with_code_point(kCodePointOfMark[1], 2));
  EXPECT_EQ(forwarded(packet.tos(with_code_point(kCodePointOfMark[3], 2)), 4, {"bounced"}),
            send(packet));
}

TEST_F(RouterMarkTest, EcmpErKnowsOneTosAndLeavesTheOthersAlone) {
  use_ecmp_er();
  for (unsigned tos = 0; tos < 256; tos++) {
    SCOPED_TRACE(tos);
    const Packet packet = from_backend_.tos(static_cast<uint8_t>(tos));
    const Packet unknown = from_client_.tos(static_cast<uint8_t>(tos));
    if (tos == kEcmpErTos) {
      EXPECT_EQ(forwarded(packet, kOwners[1], {"bounced"}), send(packet));
      EXPECT_EQ(forwarded(unknown.tos(0), kOwners[0], {"mark_cleared"}), send(unknown));
    } else {
      EXPECT_EQ(forwarded(packet, kOwners[0]), send(packet));
      EXPECT_EQ(forwarded(unknown, kOwners[0]), send(unknown));
    }
  }
}

TEST_F(RouterMarkTest, EcmpErMarkIsTheWholeByte) {
  use_ecmp_er();
  router().set_bucket(kBucket, {0, 2});
  for (unsigned tos = 0; tos < 256; tos++) {
    if (tos == kEcmpErTos) continue;
    const Packet packet = from_client_.tos(static_cast<uint8_t>(tos));
    EXPECT_EQ(forwarded(packet.tos(kEcmpErTos), 2), send(packet)) << tos;
  }
}

TEST_F(RouterMarkTest, EcmpErPastThePreviousTableIsFinal) {
  use_ecmp_er();
  router().set_bucket(kBucket, {1});
  const Packet packet = from_backend_.tos(kEcmpErTos);
  EXPECT_EQ(forwarded(packet, 1, {"final"}), send(packet));
}

TEST_F(RouterMarkTest, WithoutHistoryMarksAreNotLookedAt) {
  router().set_pool(kPool, kBucket, 0, RCH_POOL_NO_HISTORY);
  router().declare_backends_only(servers_ifindex());
  for (unsigned tos = 0; tos < 256; tos++) {
    SCOPED_TRACE(tos);
    const Packet packet = from_backend_.tos(static_cast<uint8_t>(tos));
    const Packet unknown = from_client_.tos(static_cast<uint8_t>(tos));
    EXPECT_EQ(forwarded(packet, kOwners[0]), send(packet));
    Outcome sent_back = forwarded(unknown, kOwners[0]);
    EXPECT_EQ(sent_back, send(unknown));
    sent_back.action = XDP_TX;
    EXPECT_EQ(sent_back, send_back(unknown));
  }
}

TEST_F(RouterMarkTest, WithoutHistoryMarksAreNotWritten) {
  router().set_pool(kPool, kBucket, 0, RCH_POOL_NO_HISTORY);
  router().set_bucket(kBucket, {0, kOwners[1]});
  for (unsigned tos = 0; tos < 256; tos++) {
    const Packet packet = from_client_.tos(static_cast<uint8_t>(tos));
    EXPECT_EQ(forwarded(packet, kOwners[1]), send(packet)) << tos;
  }
}

}  // namespace
}  // namespace ricochet::test
