// SPDX-License-Identifier: Apache-2.0
#include "config/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

std::string complaint(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? "" : parsed.error().message;
}

TEST(JsonTextTest, IsReadAsTheLibraryReadsIt) {
  for (const std::string text :
       {"null", "[]", "{}", R"({"b":{"x":[1,-1,1.5,true,null]},"a":["text",{"c":{}}]})", "7"}) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, OrderedJson::parse(text));
    EXPECT_EQ(parsed->dump(), text);
  }
}

TEST(JsonTextTest, AKeyIsThereOnce) {
  EXPECT_THAT(complaint(R"({"a": {"b": 1, "b": 2}})"), HasSubstr("the key 'b' twice"));
  EXPECT_EQ(complaint(R"({"a": {"a": 1}, "b": {"a": 2}})"), "");
}

TEST(JsonTextTest, WhatIsNoJsonIsRefused) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{} {}", "\"\xff\"", "nul"}) {
    EXPECT_THAT(complaint(text), HasSubstr("not JSON that can be read")) << text;
  }
  EXPECT_THAT(complaint("[1,\n2,}"), HasSubstr("line 2"));
}

TEST(JsonTextTest, NestingIsLimited) {
  EXPECT_EQ(complaint(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_THAT(complaint(std::string(33, '[') + std::string(33, ']')), HasSubstr("too deep"));
  EXPECT_THAT(complaint(std::string(1'000'000, '[')), HasSubstr("too deep"));
}

}  // namespace
}  // namespace ricochet
