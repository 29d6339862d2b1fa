// SPDX-License-Identifier: Apache-2.0
#include "capture/pcapng_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "pcapng_reader.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using testing::number_at;
using ::testing::Pair;
using testing::PcapngBlock;
using testing::read_blocks;
using testing::read_options;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterface = 1;
constexpr uint32_t kEnhancedPacket = 6;
constexpr size_t kInterfaceOptions = 8;
constexpr size_t kPacketData = 20;

constexpr uint64_t kTimeNs = 1'700'000'000'123'456'789;
constexpr Verdict kForward{"forward", "sent on"};

class PcapngWriterTest : public ::testing::Test {
 protected:
  void write(uint32_t ifindex, PacketDirection direction, const std::string& bytes,
             std::optional<Verdict> verdict = kForward) {
    writer_.write({
        .time_ns = kTimeNs,
        .ifindex = ifindex,
        .direction = direction,
        .packet_bytes = 1500,
        .verdict = verdict,
        .bytes = {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
    });
  }
  std::vector<PcapngBlock> blocks() { return read_blocks(file_.str()); }

  std::ostringstream file_;
  std::vector<uint32_t> named_;
  PcapngWriter writer_{file_, [this](uint32_t ifindex) {
                         named_.push_back(ifindex);
                         return "veth" + std::to_string(ifindex);
                       }};
};

std::string as_bytes(uint32_t number) {
  return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

TEST_F(PcapngWriterTest, AFileWithoutPacketsIsASectionHeader) {
  const auto all = blocks();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].type, kSectionHeader);
  EXPECT_EQ(number_at<uint32_t>(all[0].body, 0), 0x1a2b3c4du);
  EXPECT_EQ(number_at<uint16_t>(all[0].body, 4), 1);
  EXPECT_EQ(number_at<uint16_t>(all[0].body, 6), 0);
  EXPECT_EQ(number_at<int64_t>(all[0].body, 8), -1);
  EXPECT_THAT(read_options(all[0].body, 16), ElementsAre(Pair(4, "ricochet capture")));
}

TEST_F(PcapngWriterTest, AnInterfaceIsDescribedOnceBeforeItsFirstPacket) {
  write(7, PacketDirection::in, "a");
  write(100, PacketDirection::out, "b");
  write(7, PacketDirection::out, "c");
  const auto all = blocks();
  std::vector<uint32_t> types;
  for (const auto& block : all) types.push_back(block.type);
  ASSERT_THAT(types, ElementsAre(kSectionHeader, kInterface, kEnhancedPacket, kInterface,
                                 kEnhancedPacket, kEnhancedPacket));
  EXPECT_THAT(named_, ElementsAre(7, 100));

  const std::string& first = all[1].body;
  EXPECT_EQ(number_at<uint16_t>(first, 0), 1) << "Ethernet";
  EXPECT_EQ(number_at<uint32_t>(first, 4), 4096u) << "snap length";
  EXPECT_THAT(read_options(first, kInterfaceOptions),
              UnorderedElementsAre(Pair(2, "veth7"), Pair(9, "\x09")));
  EXPECT_THAT(read_options(all[3].body, kInterfaceOptions),
              UnorderedElementsAre(Pair(2, "veth100"), Pair(9, "\x09")));

  EXPECT_EQ(number_at<uint32_t>(all[2].body, 0), 0u);
  EXPECT_EQ(number_at<uint32_t>(all[4].body, 0), 1u);
  EXPECT_EQ(number_at<uint32_t>(all[5].body, 0), 0u);
}

TEST_F(PcapngWriterTest, APacketHasItsTimeLengthsBytesDirectionAndVerdict) {
  write(7, PacketDirection::in, "hello");
  write(7, PacketDirection::out, "hello!!!");
  const auto all = blocks();
  ASSERT_EQ(all.size(), 4u);
  const std::string& in = all[2].body;
  EXPECT_EQ(uint64_t{number_at<uint32_t>(in, 4)} << 32 | number_at<uint32_t>(in, 8), kTimeNs);
  EXPECT_EQ(number_at<uint32_t>(in, 12), 5u) << "captured";
  EXPECT_EQ(number_at<uint32_t>(in, 16), 1500u) << "on the wire";
  EXPECT_EQ(in.substr(kPacketData, 8), std::string("hello\0\0\0", 8));
  EXPECT_THAT(read_options(in, kPacketData + 8),
              UnorderedElementsAre(Pair(1, "forward: sent on"), Pair(2, as_bytes(1))));

  const std::string& out = all[3].body;
  EXPECT_EQ(out.substr(kPacketData, 8), "hello!!!");
  EXPECT_THAT(read_options(out, kPacketData + 8),
              UnorderedElementsAre(Pair(1, "forward: sent on"), Pair(2, as_bytes(2))));
}

TEST_F(PcapngWriterTest, APacketWhoseVerdictWasLostSaysSo) {
  write(7, PacketDirection::in, "", std::nullopt);
  const auto options = read_options(blocks()[2].body, kPacketData);
  EXPECT_EQ(options.at(1), "verdict not known: its record was lost");
}

}  // namespace
}  // namespace ricochet
