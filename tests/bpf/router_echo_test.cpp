// SPDX-License-Identifier: Apache-2.0
// ICMP echo to an address of which only ports are services: the router answers.
#include <linux/bpf.h>
#include <netinet/in.h>

#include "router_scene.h"
#include "xdp_run.h"

namespace ricochet::test {
namespace {

constexpr uint16_t kOwner = 1;
constexpr IpAddress kHost = ipv4(10, 0, 40, 1);
constexpr IpAddress kHost6 = ipv6(40, 1);
constexpr uint8_t kEchoReply = 0;
constexpr uint8_t kEchoReply6 = 129;
constexpr size_t kIcmpAt = ETH_HLEN + 20;

// kHost and kHost6 have one port each that is a service; the scene's addresses are services of any.
class RouterEchoTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (!IsSkipped()) lay({});
  }

  void lay(const RouterOptions& options) {
    load(options);
    add_backend(kOwner);
    router().set_bucket(kBucket, {kOwner});
    router().add_service({kHost, 443}, IPPROTO_TCP, kPool);
    router().add_service({kHost6, 443}, IPPROTO_UDP, kPool);
  }

  // With the request's payload.
  static Packet reply_from(const Packet& request, std::string_view payload) {
    const bool is_ipv4 = request.source().address.is_ipv4();
    return Packet::icmp_error(request.destination().address, request.source().address,
                              is_ipv4 ? kEchoReply : kEchoReply6, {payload.begin(), payload.end()})
        .macs(request.destination_mac(), request.source_mac());
  }
  // By the interface that it came in by.
  static Outcome answered(const Packet& reply, uint32_t action = XDP_TX) {
    return {.action = action, .packet = reply.bytes(), .counted = {{"echo", 1}}, .traffic = {}};
  }
  void expect_left(const Packet& packet) {
    EXPECT_EQ(passed(packet, "pass_no_service"), send(packet));
  }

  const Packet request_ = Packet::icmp(kClient.address, kHost);
  const Packet request6_ = Packet::icmp(kClient6.address, kHost6);
  const std::array<Packet, 2> requests_ = {request_, request6_};
};

// Payloads of even and odd length, and such as move the checksum about.
TEST_F(RouterEchoTest, IsAnsweredWithWhatItCarries) {
  for (const std::string& payload :
       {std::string(), std::string("x"), std::string("of a ping"), std::string(1400, '\xff'),
        std::string("\xf7\xfd"), std::string("\xf7\xfc"), std::string("\x7f\xfd\x00\x01", 4)})
    for (const Packet& request : requests_)
      EXPECT_EQ(answered(reply_from(request, payload)), send(request.payload(payload)));
}

// The checksum of zeros is 0xffff, and that of no other message.
TEST_F(RouterEchoTest, TheChecksumOfAReplyOfZerosIsRight) {
  Bytes frame = request_.bytes();
  std::fill(frame.begin() + kIcmpAt + 4, frame.end(), uint8_t{0});
  frame[kIcmpAt + 2] = 0xf7;
  frame[kIcmpAt + 3] = 0xff;
  const Bytes reply = run_xdp(router().program_fd(), frame, client_ifindex()).packet;
  const Bytes message(reply.begin() + kIcmpAt, reply.end());
  EXPECT_EQ((Bytes{0, 0, 0xff, 0xff, 0, 0, 0, 0}), message);
}

// The rest of the IP header is the request's.
TEST_F(RouterEchoTest, HasATtlOfItsOwn) {
  for (const uint8_t ttl : std::initializer_list<uint8_t>{0, 1, 63, 64, 255})
    for (const Packet& request : requests_)
      EXPECT_EQ(answered(reply_from(request, "")), send(request.ttl(ttl)));
  EXPECT_EQ(answered(reply_from(request_, "").tos(0x2e).id(7).do_not_fragment()),
            send(request_.tos(0x2e).id(7).do_not_fragment()));
  EXPECT_EQ(answered(reply_from(request6_, "").tos(0x2e).flow_label(7)),
            send(request6_.tos(0x2e).flow_label(7)));
}

TEST_F(RouterEchoTest, GoesBackToWhereItCameFrom) {
  constexpr Mac kSender{0x02, 0, 0, 1, 2, 3}, kReceiver{0x02, 0, 0, 4, 5, 6};
  for (const Packet& request : requests_) {
    const Packet addressed = request.macs(kSender, kReceiver);
    EXPECT_EQ(answered(reply_from(addressed, "")), send(addressed));
    EXPECT_EQ(answered(reply_from(request, "").vlan(ETH_P_8021Q, 100)),
              send(request.vlan(ETH_P_8021Q, 100)));
  }
}

// An interface that is a port is redirected to, as it might be a veth whose peer has no program.
TEST_F(RouterEchoTest, LeavesAPortByRedirect) {
  for (const Packet& request : requests_)
    EXPECT_EQ(answered(reply_from(request, ""), XDP_REDIRECT), send_back(request));
}

// What was wrong on its way to here must not look right.
TEST_F(RouterEchoTest, AWrongChecksumStaysWrong) {
  for (const size_t at : {kIcmpAt + 2, kIcmpAt - 10}) {
    Bytes frame = request_.payload("of a ping").bytes();
    Bytes expected = reply_from(request_, "of a ping").bytes();
    frame[at] ^= 0x10;
    expected[at] ^= 0x10;
    EXPECT_EQ(expected, run_xdp(router().program_fd(), frame, client_ifindex()).packet);
  }
}

TEST_F(RouterEchoTest, AServiceThatTakesItGetsIt) {
  const Packet request = Packet::icmp(kClient.address, kServiceAddress);
  EXPECT_EQ(forwarded(request, kOwner), send(request));
  const Packet request6 = Packet::icmp(kClient6.address, kServiceAddress6);
  EXPECT_EQ(forwarded(request6, kOwner), send(request6));
  router().add_prefix(kHost, 32, kPool);
  router().add_prefix(kHost6, 64, kPool);
  for (const Packet& it : requests_) EXPECT_EQ(forwarded(it, kOwner), send(it));
}

TEST_F(RouterEchoTest, OtherAddressesAreTheKernels) {
  expect_left(Packet::icmp(kClient.address, kHost + 1));
  expect_left(Packet::icmp(kClient6.address, kHost6 + 1));
  // Nor is it an answer to what such an address asks.
  expect_left(Packet::icmp(kHost, kClient.address));
  expect_left(Packet::icmp(kHost6, kClient6.address));
}

TEST_F(RouterEchoTest, CanBeOff) {
  lay({.answer_echo = false});
  for (const Packet& request : requests_) expect_left(request);
}

TEST_F(RouterEchoTest, OtherMessagesAreTheKernels) {
  for (const uint8_t type : std::initializer_list<uint8_t>{0, 3, 9, 13, 15, 17, 128})
    expect_left(Packet::icmp_error(kClient.address, kHost, type, {}));
  for (const uint8_t type : std::initializer_list<uint8_t>{1, 8, 127, 129, 130, 138})
    expect_left(Packet::icmp_error(kClient6.address, kHost6, type, {}));
  for (const Packet& request : requests_) expect_left(request.icmp_code(1));
  // Each family has its own ICMP.
  expect_left(
      Packet::other(IPPROTO_ICMPV6, kClient.address, kHost).payload({"\x80\0\0\0\0\0\0\0", 8}));
  expect_left(
      Packet::other(IPPROTO_ICMP, kClient6.address, kHost6).payload({"\x08\0\0\0\0\0\0\0", 8}));
}

TEST_F(RouterEchoTest, OneThatIsCutShortIsTheKernels) {
  constexpr size_t kIcmpBytes = 8;
  for (const Packet& request : requests_) {
    const size_t end = request.bytes().size();
    for (size_t bytes = end - kIcmpBytes; bytes < end; bytes++) expect_left(request.cut_to(bytes));
  }
}

TEST_F(RouterEchoTest, OptionsAndExtensionHeadersAreTheKernels) {
  for (unsigned words = 1; words <= 10; words++) expect_left(request_.ip_options(words));
  for (const uint8_t type :
       std::initializer_list<uint8_t>{IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING})
    expect_left(request6_.extension(type));
}

TEST_F(RouterEchoTest, FragmentsAreTheKernels) {
  expect_left(request_.payload("a piece").fragment(0, true));
  expect_left(request_.payload("a piece").fragment(16, true));
  expect_left(request_.payload("a piece").fragment(16, false));
  // The only one there is, too: that is a header more.
  expect_left(request6_.fragment(0, true));
  expect_left(request6_.fragment(0, false));
}

TEST_F(RouterEchoTest, WhatIsToAllMachinesOfANetworkIsTheKernels) {
  for (const Mac& mac : {Mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, Mac{0x01, 0, 0x5e, 0, 0, 1},
                         Mac{0x33, 0x33, 0, 0, 0, 1}})
    for (const Packet& request : requests_) expect_left(request.macs(kStrangerMac, mac));
}

}  // namespace
}  // namespace ricochet::test
