// SPDX-License-Identifier: Apache-2.0
#include "dataplane/word_table.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "dataplane/encode.h"
#include "model/limits.h"
#include "util/fd.h"

namespace ricochet {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kSets = 64;

WordTable map_table(const Fd& file, uint32_t sets) {
  EXPECT_EQ(0, ::ftruncate(file.get(), static_cast<off_t>(sets * sizeof(rch_word_set))));
  return *WordTable::map(file.get(), sets);
}

// A file stands for the map: what counts is that both are mapped.
class WordTableTest : public ::testing::Test {
 protected:
  [[nodiscard]] WordTable open() const { return map_table(file_, kSets); }

  // The first `count` keys whose set is this one.
  static std::vector<uint64_t> keys_of_set(uint32_t set, size_t count) {
    std::vector<uint64_t> keys;
    for (uint64_t key = 1; keys.size() < count; ++key) {
      if (rch_word_set_index(key, kSets) == set) keys.push_back(key);
    }
    return keys;
  }

 private:
  Fd file_{::memfd_create("word_table", MFD_CLOEXEC)};
};

TEST_F(WordTableTest, HoldsWhatIsSetUntilItIsRemoved) {
  WordTable table = open();
  EXPECT_THAT(table.entries(), IsEmpty());
  EXPECT_TRUE(table.set(1, 0));
  EXPECT_TRUE(table.set((uint64_t{1} << 52) - 1, RCH_WORD_VALUES - 1));
  EXPECT_THAT(table.entries(),
              UnorderedElementsAre(Pair(1, 0), Pair((uint64_t{1} << 52) - 1, RCH_WORD_VALUES - 1)));
  table.remove(1);
  table.remove(2);
  EXPECT_THAT(table.entries(),
              UnorderedElementsAre(Pair((uint64_t{1} << 52) - 1, RCH_WORD_VALUES - 1)));
}

TEST_F(WordTableTest, SetsAgainInPlace) {
  WordTable table = open();
  EXPECT_TRUE(table.set(7, 1));
  EXPECT_TRUE(table.set(7, 2));
  EXPECT_THAT(table.entries(), UnorderedElementsAre(Pair(7, 2)));
}

// A key that had to go to the second set stays there when the first one gets room.
TEST_F(WordTableTest, NeverHoldsAKeyTwice) {
  WordTable table = open();
  const auto keys = keys_of_set(5, RCH_SET_WORDS + 1);
  for (const uint64_t key : keys) ASSERT_TRUE(table.set(key, 1));
  table.remove(keys.front());
  EXPECT_TRUE(table.set(keys.back(), 2));
  EXPECT_THAT(table.entries(), SizeIs(RCH_SET_WORDS));
  table.remove(keys.back());
  EXPECT_THAT(table.entries(), SizeIs(RCH_SET_WORDS - 1));
}

TEST_F(WordTableTest, RefusesWhenBothSetsAreFull) {
  WordTable table = open();
  const auto keys = keys_of_set(5, 2 * RCH_SET_WORDS + 1);
  for (size_t i = 0; i + 1 < keys.size(); ++i) ASSERT_TRUE(table.set(keys[i], 1));
  EXPECT_FALSE(table.set(keys.back(), 1));
  EXPECT_TRUE(table.set(keys.front(), 2));
  EXPECT_THAT(table.entries(), SizeIs(2 * RCH_SET_WORDS));
}

TEST_F(WordTableTest, ZeroIsNoKey) {
  WordTable table = open();
  EXPECT_FALSE(table.set(0, 1));
  EXPECT_THAT(table.entries(), IsEmpty());
}

TEST_F(WordTableTest, AnotherWriterTakesOver) {
  { EXPECT_TRUE(open().set(7, 1)); }
  EXPECT_THAT(open().entries(), UnorderedElementsAre(Pair(7, 1)));
}

// Keys that differ in one place only must not meet in one set.
TEST(WordTable, SpreadsTheServicesThatPeopleConfigure) {
  constexpr uint32_t kServices = 256;
  const auto address = [](uint32_t step, uint32_t i) { return htonl(0x0a000a00 + step * i); };
  const auto port = [](uint32_t first, uint32_t i) {
    return htons(static_cast<uint16_t>(first + i));
  };
  const std::map<std::string, std::function<uint64_t(uint32_t)>> ranges = {
      {"last octets", [&](uint32_t i) { return rch_service_key(address(1, i), port(80, 0), 6); }},
      {"any port", [&](uint32_t i) { return rch_service_key(address(1, i), 0, 0); }},
      {"third octets",
       [&](uint32_t i) { return rch_service_key(address(256, i), port(80, 0), 6); }},
      {"ports", [&](uint32_t i) { return rch_service_key(address(0, 0), port(8000, i), 6); }},
      {"addresses and ports",
       [&](uint32_t i) { return rch_service_key(address(1, i / 16), port(8000, i % 16), 6); }},
  };
  for (const auto& [name, key] : ranges) {
    std::map<uint32_t, int> per_set;
    for (uint32_t i = 0; i < kServices; ++i) {
      ++per_set[rch_word_set_index(key(i), RCH_SERVICE_SETS)];
    }
    const auto fullest =
        std::ranges::max_element(per_set, {}, [](auto& set) { return set.second; });
    EXPECT_LE(fullest->second, RCH_SET_WORDS / 2) << name;
    EXPECT_LT(per_set.rbegin()->first, RCH_SERVICE_SETS) << name;
  }
}

// As many as there can be while all ports of all services change at once, and their addresses.
TEST(WordTable, HasRoomForAllServicesOldAndNew) {
  const Fd file(::memfd_create("word_table", MFD_CLOEXEC));
  std::mt19937_64 random(1);  // repeatable on purpose
  for (const uint32_t ports : {1u, 16u, 16384u}) {
    WordTable table = map_table(file, RCH_SERVICE_SETS);
    for (size_t service = 0; service < 2 * kServicePortsMax / ports; ++service) {
      const auto address = Address::from_ipv4_host_order(static_cast<uint32_t>(random()));
      if (service < 2 * kServicesMax) {
        ASSERT_TRUE(table.set(rch_service_address_key(address.ipv4_network_order()), 0)) << service;
      }
      for (uint32_t port = 1; port <= ports; ++port) {
        ServiceKey key;
        key.prefix = *Prefix::make(address, 32);
        key.protocol = Protocol::tcp;
        key.port = static_cast<uint16_t>(port);
        ASSERT_TRUE(table.set(encode_service(key), 1)) << service << ' ' << port;
      }
    }
    ASSERT_EQ(0, ::ftruncate(file.get(), 0));
  }
}

}  // namespace
}  // namespace ricochet
