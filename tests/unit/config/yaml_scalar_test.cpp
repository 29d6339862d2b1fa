// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_scalar.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ricochet {
namespace {

TEST(YamlScalarTest, IsTypedByTheCoreSchema) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_TRUE(plain_scalar(text).is_null()) << text;
  }
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(plain_scalar(text), true) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(plain_scalar(text), false) << text;
  EXPECT_EQ(plain_scalar("0"), 0u);
  EXPECT_EQ(plain_scalar("010"), 10u);
  EXPECT_EQ(plain_scalar("+7"), 7u);
  EXPECT_EQ(plain_scalar("-7"), -7);
  EXPECT_EQ(plain_scalar("0x1F"), 31u);
  EXPECT_EQ(plain_scalar("0o17"), 15u);
  EXPECT_EQ(plain_scalar("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(plain_scalar("18446744073709551616"), 18446744073709551616.0);
  EXPECT_EQ(plain_scalar("1.5e3"), 1500.0);
  EXPECT_EQ(plain_scalar("-.5"), -0.5);
  EXPECT_EQ(plain_scalar("1."), 1.0);
  EXPECT_EQ(plain_scalar("-.inf"), -INFINITY);
  EXPECT_TRUE(std::isnan(plain_scalar(".nan").get<double>()));
}

TEST(YamlScalarTest, TheRestIsStrings) {
  for (const char* text : {"02:00:00:00:01:09",
                           "10:20",
                           "yes",
                           "no",
                           "on",
                           "off",
                           "nULL",
                           "tRUE",
                           "10.0.0.1",
                           "1_000",
                           "0b1",
                           "0x",
                           "0xg",
                           "0o8",
                           "0o",
                           "+",
                           "-",
                           ".",
                           "--1",
                           "+-1",
                           "-0x1",
                           "inf",
                           "nan",
                           "1e",
                           "-inf",
                           ".5.5",
                           "+.nan",
                           "1 2"}) {
    EXPECT_EQ(plain_scalar(text), OrderedJson(text)) << text;
  }
}

TEST(YamlScalarTest, QuotesStandWhereTheyAreNeeded) {
  for (const char* text : {"web", "a.b-c_d", "_x", "10.0.0.1", "/run/api.sock", "1a"}) {
    EXPECT_EQ(quoted_if_needed(text), text);
  }
  for (const char* text : {"", "1", "1.5", "null", "true", "no", "Yes", "y", "0x1f", "-a", ".a",
                           "a b", "a:b", "02:00:00:00:01:09", "a#", "<<", "[x]"}) {
    EXPECT_EQ(quoted_if_needed(text), '"' + std::string(text) + '"');
  }
  EXPECT_EQ(quoted_if_needed("a\"\n"), R"("a\"\n")");
}

}  // namespace
}  // namespace ricochet
