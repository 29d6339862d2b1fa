// SPDX-License-Identifier: Apache-2.0
// Headers that are cut short or contradict themselves, and those that look odd and are fine.
#include <linux/bpf.h>
#include <netinet/in.h>

#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 3;

constexpr size_t kIpEnd = ETH_HLEN + 20;
constexpr size_t kTcpEnd = kIpEnd + 20;

class RouterMalformedTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    add_backend(kOwner);
    router().set_bucket(kBucket, {kOwner});
  }

  void expect_malformed(const Packet& packet) {
    EXPECT_EQ(dropped(packet, "drop_malformed"), send(packet));
  }
  void expect_forwarded(const Packet& packet) {
    EXPECT_EQ(forwarded(packet, kOwner), send(packet));
  }

  const Packet tcp_ = Packet::tcp(kClient, kService);
  const Packet udp_ = Packet::udp(kClient, kService);
};

TEST_F(RouterMalformedTest, EveryLengthOfATcpPacketThatIsTooShort) {
  for (size_t bytes = ETH_HLEN; bytes < kTcpEnd; bytes++) {
    SCOPED_TRACE(bytes);
    expect_malformed(tcp_.cut_to(bytes));
  }
  expect_forwarded(tcp_.cut_to(kTcpEnd));
}

TEST_F(RouterMalformedTest, AUdpPacketNeedsItsWholeHeader) {
  for (size_t bytes = kIpEnd; bytes < kIpEnd + 8; bytes++) expect_malformed(udp_.cut_to(bytes));
  expect_forwarded(udp_.cut_to(kIpEnd + 8));
}

TEST_F(RouterMalformedTest, OtherProtocolsNeedTheirIpHeader) {
  const Packet icmp = Packet::icmp(kClient.address, kServiceAddress);
  for (size_t bytes = ETH_HLEN; bytes < kIpEnd; bytes++) expect_malformed(icmp.cut_to(bytes));
  expect_forwarded(icmp.cut_to(kIpEnd));
}

TEST_F(RouterMalformedTest, EveryIpVersionButFour) {
  for (uint8_t version = 0; version < 16; version++) {
    SCOPED_TRACE(+version);
    const Packet packet = tcp_.claim_ip_version(version);
    version == 4 ? expect_forwarded(packet) : expect_malformed(packet);
  }
}

TEST_F(RouterMalformedTest, EveryIpHeaderLengthBelowFiveWords) {
  for (uint8_t words = 1; words < 5; words++) {
    SCOPED_TRACE(+words);
    expect_malformed(tcp_.claim_ip_words(words));
    expect_malformed(Packet::icmp(kClient.address, kServiceAddress).claim_ip_words(words));
  }
}

TEST_F(RouterMalformedTest, AnIpHeaderLongerThanThePacket) {
  const Packet other = Packet::other(IPPROTO_GRE, kClient.address, kServiceAddress);
  for (uint8_t words = 6; words < 16; words++) {
    SCOPED_TRACE(+words);
    expect_malformed(tcp_.claim_ip_words(words));
    expect_malformed(other.claim_ip_words(words));
    const Packet whole = other.payload(std::string(words * 4u - 20, 'o')).claim_ip_words(words);
    expect_forwarded(whole);
    expect_malformed(whole.cut_to(ETH_HLEN + words * 4u - 1));
  }
}

TEST_F(RouterMalformedTest, ALaterFragmentNeedsItsWholeIpHeader) {
  for (unsigned words = 0; words <= 10; words++) {
    SCOPED_TRACE(words);
    const Packet packet = tcp_.fragment(8, false).ip_options(words);
    EXPECT_EQ(dropped(packet, "drop_fragment"), send(packet));
    expect_malformed(packet.cut_to(kIpEnd + words * 4 - 1));
  }
}

TEST_F(RouterMalformedTest, EveryTcpHeaderLengthBelowFiveWords) {
  for (uint8_t words = 0; words < 16; words++) {
    SCOPED_TRACE(+words);
    const Packet packet = tcp_.claim_tcp_words(words);
    words < 5 ? expect_malformed(packet) : expect_forwarded(packet);
  }
}

TEST_F(RouterMalformedTest, AMalformedPacketIsDroppedWhateverItsDestination) {
  expect_malformed(Packet::tcp(kClient, {ipv4(192, 0, 2, 1), 80}).claim_ip_words(4));
}

TEST_F(RouterMalformedTest, IpOptionsAreSkipped) {
  router().add_service(kService, IPPROTO_TCP, kPool + 1);
  router().set_pool(kPool + 1, kBucket + 1, 0);
  router().set_bucket(kBucket + 1, {4});
  add_backend(4);
  for (unsigned words = 0; words <= 10; words++) {
    SCOPED_TRACE(words);
    const Packet packet = tcp_.ip_options(words).payload("GET /");
    EXPECT_EQ(forwarded(packet, 4), send(packet));
    expect_malformed(packet.cut_to(kTcpEnd + words * 4 - 1));
  }
}

TEST_F(RouterMalformedTest, EthernetPaddingIsKeptAndNotCounted) {
  const Packet packet = tcp_.padded_to(60);
  expect_forwarded(packet);
}

TEST_F(RouterMalformedTest, AJumboFrameInSeveralBuffers) {
  const Packet packet = tcp_.payload(std::string(8900, 'j'));
  expect_forwarded(packet);
}

}  // namespace
}  // namespace ricochet::test
