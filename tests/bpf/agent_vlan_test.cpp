// SPDX-License-Identifier: Apache-2.0
// Tagged frames: judged as if they had no tags, which stay as they are.
#include "agent_scene.h"
#include "vlan_frames.h"

namespace ricochet::test {
namespace {

using AgentVlanTest = AgentScene;

TEST_F(AgentVlanTest, ABounceKeepsTheTags) {
  for (const Packet& packet : tagged(Packet::tcp(kStranger, kServer))) {
    EXPECT_EQ(bounced(packet), send(packet));
  }
}

TEST_F(AgentVlanTest, AMarkIsRemovedBehindTags) {
  const Packet syn = Packet::tcp(kStranger, kServer, kSyn);
  for (const Packet& packet : tagged(syn)) {
    EXPECT_EQ(taken(packet, "take_syn"), send(packet.tos(kTosOfMark[2])));
  }
}

}  // namespace
}  // namespace ricochet::test
