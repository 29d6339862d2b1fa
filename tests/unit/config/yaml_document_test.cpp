// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string complaint(std::string_view text) {
  const auto document = parse_yaml(text, "f.yaml");
  return document ? "" : document.error().message;
}

TEST(YamlDocumentTest, IsTheSameAsJson) {
  const auto document = parse_yaml(R"(# comment
b: {x: [1, -1, yes, true, ~], "quoted": '7'}
a:
  02:00: 02:00:00:00:01:09
  10.0.10.0:80/tcp:
  list:
  - one
  - {two: 2}
)",
                                   "f.yaml");
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(document->root.dump(), R"({"b":{"x":[1,-1,"yes",true,null],"quoted":"7"},)"
                                   R"("a":{"02:00":"02:00:00:00:01:09","10.0.10.0:80/tcp":null,)"
                                   R"("list":["one",{"two":2}]}})");
}

TEST(YamlDocumentTest, JsonIsYaml) {
  const std::string json = R"({"a": {"b": "c", "d": [1, {"e": null}]}})";
  const auto document = parse_yaml(json, "f.yaml");
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(document->root, OrderedJson::parse(json));
}

TEST(YamlDocumentTest, KnowsTheLineOfEachKey) {
  const auto document = parse_yaml("# comment\na:\n  b: 1\n  c: {d: 2,\n      e: 3}\n\nf:\n", "");
  ASSERT_TRUE(document.ok());
  const auto line = [&](const Keys& where) { return line_of(document->lines, where); };
  EXPECT_EQ(line({}), 1u);
  EXPECT_EQ(line({"a"}), 2u);
  EXPECT_EQ(line({"a", "b"}), 3u);
  EXPECT_EQ(line({"a", "c", "d"}), 4u);
  EXPECT_EQ(line({"a", "c", "e"}), 5u);
  EXPECT_EQ(line({"f"}), 7u);
  EXPECT_EQ(line({"a", "c", "x", "d"}), 4u) << "of the nearest that is there";
  EXPECT_EQ(line({"x", "a"}), 1u);
}

TEST(YamlDocumentTest, AnEmptyTextIsNothing) {
  for (const char* text : {"", "# comment\n", "---\n", "~"}) {
    const auto document = parse_yaml(text, "");
    ASSERT_TRUE(document.ok()) << text;
    EXPECT_TRUE(document->root.is_null()) << text;
  }
}

TEST(YamlDocumentTest, AKeyIsThereOnce) {
  EXPECT_EQ(complaint("a: 1\nb:\n  c: 1\n  d: 2\n  'c': 3\n"),
            "f.yaml:5: the key 'c' is there twice, first in line 3: leave one of them out");
  EXPECT_EQ(complaint("a: {a: 1}\nb: {a: 1}\n"), "");
}

TEST(YamlDocumentTest, TheRestOfYamlIsRefusedWithItsLine) {
  EXPECT_THAT(complaint("a: &x 1\n"), StartsWith("f.yaml:1: anchors"));
  EXPECT_THAT(complaint("a: 1\nb: &x {}\n"), StartsWith("f.yaml:2: anchors"));
  EXPECT_THAT(complaint("a: &x\nb: *x\n"), StartsWith("f.yaml:1: anchors"));
  EXPECT_THAT(complaint("a: 1\nb: *x\n"), StartsWith("f.yaml:2: "));
  EXPECT_THAT(complaint("a: !!str 1\n"), StartsWith("f.yaml:1: tags"));
  EXPECT_THAT(complaint("a: !x {}\n"), StartsWith("f.yaml:1: tags"));
  EXPECT_THAT(complaint("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
  EXPECT_THAT(complaint("? [a]\n: 1\n"), StartsWith("f.yaml:1: a key is a single word"));
  EXPECT_THAT(complaint("~: 1\n"), StartsWith("f.yaml:1: a key is missing"));
}

TEST(YamlDocumentTest, WhatIsNoYamlIsRefusedWithItsLine) {
  EXPECT_THAT(complaint("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("f.yaml:"));
  EXPECT_THAT(complaint("a: 1\n\tb: 2\n"), StartsWith("f.yaml:2: this is not YAML"));
  EXPECT_THAT(complaint("a: 'b\n"), HasSubstr("this is not YAML"));
}

TEST(YamlDocumentTest, WhatIsNoUtf8IsRefused) {
  EXPECT_EQ(complaint("a: \xfc\n"), "f.yaml: it is not text in UTF-8");
  EXPECT_EQ(complaint("a: \u00fc\n"), "");
}

TEST(YamlDocumentTest, NestingIsLimited) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(complaint(nested(32)), "");
  EXPECT_THAT(complaint(nested(33)), HasSubstr("too deep"));
}

}  // namespace
}  // namespace ricochet
