// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <gtest/gtest.h>

namespace ricochet {
namespace {

constexpr bool kColoured = true;

TEST(Table, AlignsTextLeftAndNumbersRight) {
  Table table({{"POOL"}, {"BUCKETS", true}, {"MARK"}});
  table.add({"web", uint64_t{65536}, "dscp"});
  table.add({"a-longer-name", uint64_t{1}, "ecmp-er"});
  EXPECT_EQ(table.to_string(false),
            "POOL           BUCKETS  MARK\n"
            "web              65536  dscp\n"
            "a-longer-name        1  ecmp-er\n");
}

TEST(Table, NumbersWiderThanTheirTitle) {
  Table table({{"N", true}, {"M", true}});
  table.add({uint64_t{100}, uint64_t{2000}});
  table.add({uint64_t{5}, uint64_t{3}});
  EXPECT_EQ(table.to_string(false),
            "  N     M\n"
            "100  2000\n"
            "  5     3\n");
}

TEST(Table, NoLineEndsWithSpaces) {
  Table table({{"ADDRESS"}, {"MAC"}, {"PROBLEM"}});
  table.add({"10.0.0.1", "", ""});
  table.add({"10.0.0.200"});
  EXPECT_EQ(table.to_string(false),
            "ADDRESS     MAC  PROBLEM\n"
            "10.0.0.1\n"
            "10.0.0.200\n");
}

TEST(Table, ACellAfterAnEmptyOneStaysInItsColumn) {
  Table table({{"A"}, {"B"}, {"C"}});
  table.add({"", "", "x"});
  EXPECT_EQ(table.to_string(false), "A  B  C\n      x\n");
}

TEST(Table, ColoursAndLettersOfManyBytesDoNotShiftColumns) {
  Table table({{"NAME"}, {"STATE"}, {"N", true}});
  table.add({"über", Cell("no", Colour::red), uint64_t{7}});
  EXPECT_EQ(table.to_string(false), "NAME  STATE  N\nüber  no     7\n");
  EXPECT_EQ(table.to_string(kColoured), "NAME  STATE  N\nüber  \x1b[31mno\x1b[0m     7\n");
}

TEST(Paint, OnlyIfWanted) {
  EXPECT_EQ(paint(Colour::green, "yes", kColoured), "\x1b[32myes\x1b[0m");
  EXPECT_EQ(paint(Colour::green, "yes", !kColoured), "yes");
  EXPECT_EQ(paint(Colour::none, "yes", kColoured), "yes");
}

TEST(FormatBytes, HasTheUnitThatFits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(512ull << 20), "512.0 MiB");
  EXPECT_EQ(format_bytes(2048ull << 30), "2048.0 GiB");
}

}  // namespace
}  // namespace ricochet
