// SPDX-License-Identifier: Apache-2.0
// QUIC: the connection ID of a packet with a short header says whose it is.
#include <linux/bpf.h>
#include <netinet/in.h>

#include <string>

#include "icmp_frames.h"
#include "router_scene.h"

namespace ricochet::test {
namespace {

constexpr rch_pool_index kOtherPool = 9;
constexpr uint32_t kOwner = 1;   // of the bucket
constexpr uint32_t kNamed = 2;   // by kId
constexpr uint32_t kOthers = 3;  // by kId of the other pool
constexpr uint64_t kId = 0xa1b2c3;
constexpr uint32_t kIdBytes = 3;
constexpr uint8_t kShortHeader = 0x40;
constexpr uint8_t kLongHeader = 0xc0;
constexpr size_t kReadBytes = 10;

// Flags, the first octet of the connection ID, the server's ID, and what else there is.
std::string quic(uint64_t id, uint32_t id_bytes = kIdBytes, uint8_t first = 0x5f,
                 uint8_t flags = kShortHeader) {
  std::string payload = {static_cast<char>(flags), static_cast<char>(first)};
  for (uint32_t i = id_bytes; i > 0; i--) payload += static_cast<char>(id >> 8 * (i - 1));
  return payload + "nonce and ciphertext";
}

class RouterQuicTest : public RouterScene {
 protected:
  void SetUp() override {
    RouterScene::SetUp();
    if (IsSkipped()) return;
    load({.flow_sets = 1});
    set_service_options(RCH_SERVICE_QUIC);
    for (const uint32_t slot : {kOwner, kNamed, kOthers}) add_backend(slot);
    router().set_bucket(kBucket, {kOwner});
    router().set_quic_id_bytes(kPool, kIdBytes);
    router().add_quic_server(kPool, kId, kNamed);
  }

  static std::array<Packet, 2> datagrams(const std::string& payload) {
    return {Packet::udp(kClient, kService).payload(payload),
            Packet::udp(kClient6, kService6).payload(payload)};
  }
  void expect_named(const Packet& packet, uint32_t slot = kNamed) {
    EXPECT_EQ(forwarded(packet, slot, {"quic"}), send(packet));
  }
  void expect_owner(const Packet& packet) { EXPECT_EQ(forwarded(packet, kOwner), send(packet)); }
  void expect_named(const std::string& payload, uint32_t slot = kNamed) {
    for (const Packet& packet : datagrams(payload)) expect_named(packet, slot);
  }
  void expect_owner(const std::string& payload) {
    for (const Packet& packet : datagrams(payload)) expect_owner(packet);
  }
};

TEST_F(RouterQuicTest, AKnownIdNamesItsServer) {
  expect_named(quic(kId));
}

TEST_F(RouterQuicTest, AnUnknownIdNamesNobody) {
  for (const uint64_t id : {kId + 1, kId - 1, kId ^ 0x800000, uint64_t{0}}) expect_owner(quic(id));
}

TEST_F(RouterQuicTest, AClientThatHasMovedStillReachesItsServer) {
  for (uint16_t n = 1; n < 20; n++) {
    expect_named(Packet::udp({kClient.address + n, n}, kService).payload(quic(kId)));
    expect_named(Packet::udp({kClient6.address + n, n}, kService6).payload(quic(kId)));
  }
}

TEST_F(RouterQuicTest, TheOtherBitsOfTheFirstOctetsDoNotMatter) {
  for (const uint8_t first : std::initializer_list<uint8_t>{0x00, 0x1f, 0x20, 0x7f, 0xa0, 0xdf})
    expect_named(quic(kId, kIdBytes, first));
  for (const uint8_t flags : std::initializer_list<uint8_t>{0x00, 0x20, 0x7f})
    expect_named(quic(kId, kIdBytes, 0, flags));
}

TEST_F(RouterQuicTest, AnIdWithoutAConfigurationNamesNobody) {
  for (const uint8_t first : std::initializer_list<uint8_t>{0xe0, 0xe1, 0xff})
    expect_owner(quic(kId, kIdBytes, first));
}

TEST_F(RouterQuicTest, ALongHeaderNamesNobody) {
  for (const uint8_t flags :
       std::initializer_list<uint8_t>{kLongHeader, uint8_t{0x80}, uint8_t{0xff}})
    expect_owner(quic(kId, kIdBytes, 0, flags));
}

TEST_F(RouterQuicTest, WhatIsTooShortIsNotRead) {
  for (size_t bytes = 0; bytes < kReadBytes; bytes++) expect_owner(quic(kId).substr(0, bytes));
  expect_named(quic(kId).substr(0, kReadBytes));
}

TEST_F(RouterQuicTest, IdsOfEachLength) {
  constexpr uint64_t kLongest = 0x8192a3b4c5d6e7f8;
  for (uint32_t bytes = 1; bytes <= RCH_QUIC_ID_BYTES_MAX; bytes++) {
    SCOPED_TRACE(bytes);
    const uint64_t id = kLongest >> 8 * (RCH_QUIC_ID_BYTES_MAX - bytes);
    router().set_quic_id_bytes(kPool, bytes);
    expect_owner(quic(id, bytes));
    router().add_quic_server(kPool, id, kNamed);
    expect_named(quic(id, bytes));
  }
}

TEST_F(RouterQuicTest, APoolWithoutIdsNamesNobody) {
  router().set_quic_id_bytes(kPool, 0);
  router().add_quic_server(kPool, 0, kNamed);
  expect_owner(quic(kId));
  expect_owner(quic(0));
}

TEST_F(RouterQuicTest, ADeadServerIsNotNamed) {
  router().set_backend(kNamed, {});
  expect_owner(quic(kId));
  add_backend(kNamed);
  expect_named(quic(kId));
}

TEST_F(RouterQuicTest, AnIdIsOfOnePool) {
  router().set_quic_id_bytes(kOtherPool, kIdBytes);
  router().add_quic_server(kOtherPool, kId, kOthers);
  router().add_quic_server(kOtherPool, kId + 1, kOthers);
  expect_named(quic(kId));
  expect_owner(quic(kId + 1));
  router().set_pool(kOtherPool, kBucket, 0);
  router().add_service({kServiceAddress, 0}, 0, kOtherPool, RCH_SERVICE_QUIC);
  expect_named(Packet::udp(kClient, kService).payload(quic(kId)), kOthers);
}

TEST_F(RouterQuicTest, OnlyUdpIsRead) {
  // As if a frame began with the connection ID: by the MAC of the router.
  router().add_quic_server(kPool, 0x0000a0, kNamed);
  expect_owner(Packet::tcp(kClient, kService).payload(quic(kId)));
  expect_owner(Packet::tcp(kClient6, kService6).payload(quic(kId)));
  expect_owner(Packet::other(IPPROTO_UDPLITE, kClient.address, kServiceAddress).payload(quic(kId)));
  expect_owner(error_about(Packet::udp(kService, kClient).payload(quic(kId))));
  expect_owner(error_about6(Packet::udp(kService6, kClient6).payload(quic(kId))));
}

TEST_F(RouterQuicTest, AServiceThatDoesNotAskForItReadsNone) {
  for (const uint32_t options : {0u, uint32_t{RCH_SERVICE_KEEP_FLOWS}}) {
    set_service_options(options);
    for (const Packet& packet : datagrams(quic(kId)))
      EXPECT_EQ(kOwner, owner_of(packet)) << options;
  }
}

// Behind whatever headers there are.
TEST_F(RouterQuicTest, OptionsExtensionsAndTagsAreSkipped) {
  const auto [packet, packet6] = datagrams(quic(kId));
  expect_named(packet.ip_options(10));
  expect_named(packet.vlan(ETH_P_8021Q, 100));
  expect_named(packet6.extension(IPPROTO_DSTOPTS, 3));
  expect_named(packet6.vlan(ETH_P_8021AD, 7).vlan(ETH_P_8021Q, 100));
}

TEST_F(RouterQuicTest, AMarkIsRemoved) {
  const auto [packet, packet6] = datagrams(quic(kId));
  for (const Packet& it : {packet, packet6}) {
    const Packet marked = it.macs(backend_mac(kOwner), kRouterMac).tos(0x0c | 2);
    EXPECT_EQ(forwarded(marked.tos(2), kNamed, {"quic"}), send(marked));
  }
}

// The flow is kept where its handshake began; its ID comes before that.
TEST_F(RouterQuicTest, AnIdComesBeforeAFlowThatIsKept) {
  set_service_options(RCH_SERVICE_QUIC | RCH_SERVICE_KEEP_FLOWS);
  const std::string handshake = quic(kId, kIdBytes, 0, kLongHeader);
  expect_owner(handshake);
  router().set_bucket(kBucket, {kOthers});
  for (const Packet& packet : datagrams(handshake))
    EXPECT_EQ(forwarded(packet, kOwner, {"kept"}), send(packet));
  expect_named(quic(kId));
  for (const Packet& packet : datagrams(quic(kId + 1)))
    EXPECT_EQ(forwarded(packet, kOwner, {"kept"}), send(packet));
}

TEST_F(RouterQuicTest, WhatAnIdLedIsNotKept) {
  set_service_options(RCH_SERVICE_QUIC | RCH_SERVICE_KEEP_FLOWS);
  expect_named(quic(kId));
  for (const uint64_t word : router().flow_set(0).word) EXPECT_EQ(0u, word);
}

}  // namespace
}  // namespace ricochet::test
