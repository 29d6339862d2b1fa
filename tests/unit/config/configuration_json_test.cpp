// SPDX-License-Identifier: Apache-2.0
#include "config/configuration_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../model/random_configuration.h"
#include "config/json_text.h"
#include "model/limits.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

OrderedJson json(std::string_view text) {
  auto parsed = parse_json(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *std::move(parsed) : OrderedJson();
}

// What is wrong with the one pool `web`.
Invalid complaint(std::string_view pool) {
  const auto decoded =
      decode_configuration(json(fmt::format(R"({{"pools": {{"web": {}}}}})", pool)));
  return decoded ? Invalid{} : decoded.invalid();
}

TEST(ConfigurationJsonTest, IsTheShapeOfTheFile) {
  Configuration configuration;
  configuration.pools["web"].backends = {
      {.address = *Address::parse("10.0.0.2"), .weight = 3, .state = BackendState::draining},
      {.address = std::nullopt, .agent = AgentUse::none},
      Backend{*Address::parse("10.0.0.1")}};
  configuration.services[*parse_service_key("10.0.10.0:80/tcp")].pool = "web";
  configuration.neighbours[*Address::parse("10.0.0.9")] = {"eth1",
                                                           *MacAddress::parse("02:00:00:00:01:09")};
  EXPECT_EQ(to_json(configuration).dump(),
            R"({"pools":{"web":{"placement":"maglev","buckets":65536,"history":"distinct",)"
            R"("history_depth":4,"mark":"dscp","backends":{)"
            R"("10.0.0.2":{"weight":3,"state":"draining","agent":"required"},)"
            R"("connected":{"weight":1,"state":"active","agent":"none"},)"
            R"("10.0.0.1":{"weight":1,"state":"active","agent":"required"}}}},)"
            R"("services":{"10.0.10.0:80/tcp":{"pool":"web","affinity":"flow","keep_flows":false,)"
            R"("quic":false}},)"
            R"("neighbours":{"10.0.0.9":{"interface":"eth1","mac":"02:00:00:00:01:09"}}})");
}

TEST(ConfigurationJsonTest, IsReadAsItWasWritten) {
  RandomConfigurations random(1);
  for (int i = 0; i < 200; ++i) {
    const Configuration configuration = random.next();
    const auto decoded = decode_valid_configuration(json(to_json(configuration).dump()));
    ASSERT_TRUE(decoded.ok()) << decoded.invalid().message;
    EXPECT_EQ(*decoded, configuration);
  }
}

TEST(ConfigurationJsonTest, WhatIsLeftOutHasTheDefaultOfTheModel) {
  for (const char* empty : {"{}", "null", R"({"pools": null, "services": {}})"}) {
    EXPECT_EQ(*decode_configuration(json(empty)), Configuration{}) << empty;
  }
  EXPECT_EQ(*decode_pool(json("{}")), Pool{});
  EXPECT_EQ(*decode_pool(json("null")), Pool{});
  EXPECT_EQ(*decode_pool(json(R"({"backends": {"connected": {}, "10.0.0.1": null}})")),
            (Pool{.table = {}, .backends = {Backend{}, Backend{*Address::parse("10.0.0.1")}}}));
}

TEST(ConfigurationJsonTest, EachPartIsReadAsItWasWritten) {
  const Backend backend{.address = *Address::parse("10.0.0.1"),
                        .weight = 256,
                        .state = BackendState::dead,
                        .agent = AgentUse::none};
  EXPECT_EQ(*decode_backend(backend.address, to_json(backend)), backend);
  EXPECT_EQ(*decode_service(to_json(Service{"web"})), Service{"web"});
  const Neighbour neighbour{"eth1", *MacAddress::parse("02:00:00:00:01:09")};
  EXPECT_EQ(*decode_neighbour(to_json(neighbour)), neighbour);
  const Pool pool{.table = {.mark = MarkMode::ecmp_er}, .backends = {backend}};
  EXPECT_EQ(*decode_pool(to_json(pool)), pool);
}

TEST(ConfigurationJsonTest, Ipv6IsReadAsItWasWritten) {
  const auto decoded = decode_configuration(json(
      R"({"pools": {"web": {"backends": {"2001:DB8::0:1": {}, "10.0.0.1": {}}}},
          "services": {"[2001:db8::1]:80/tcp": {"pool": "web"}, "2001:db8::/32": {"pool": "web"}},
          "neighbours": {"fe80::1": {"interface": "eth1", "mac": "02:00:00:00:01:09"}}})"));
  ASSERT_TRUE(decoded.ok()) << decoded.invalid().message;
  const OrderedJson written = to_json(*decoded);
  EXPECT_TRUE(written["pools"]["web"]["backends"].contains("2001:db8::1"));
  EXPECT_TRUE(written["services"].contains("[2001:db8::1]:80/tcp"));
  EXPECT_TRUE(written["neighbours"].contains("fe80::1"));
  EXPECT_EQ(*decode_configuration(written), *decoded);
}

TEST(ConfigurationJsonTest, AnUnknownKeyIsAnsweredWithTheNearestOne) {
  const Invalid invalid = complaint(R"({"backends": {"10.0.0.1": {"wieght": 3}}})");
  EXPECT_EQ(invalid.message, "unknown key 'wieght': did you mean 'weight'?");
  EXPECT_THAT(invalid.where, ElementsAre("pools", "web", "backends", "10.0.0.1", "wieght"));
  EXPECT_EQ(complaint(R"({"bakends": {}})").message,
            "unknown key 'bakends': did you mean 'backends'?");
  EXPECT_EQ(complaint(R"({"colour": 1})").message,
            "unknown key 'colour': choose one of placement, buckets, history, history_depth, "
            "mark, backends");
}

TEST(ConfigurationJsonTest, AWrongValueIsNamedWithWhatIsExpected) {
  const auto of_backend = [](std::string_view fields) {
    return complaint(fmt::format(R"({{"backends": {{"10.0.0.1": {}}}}})", fields)).message;
  };
  EXPECT_EQ(of_backend(R"({"weight": "3"})"),
            "weight: a whole number from 1 to 256 is expected, not \"3\"");
  for (const char* wrong : {"0", "257", "-1", "1.0", "18446744073709551616", "null", "true"}) {
    EXPECT_THAT(of_backend(fmt::format(R"({{"weight": {}}})", wrong)),
                HasSubstr("a whole number from 1 to 256 is expected, not"))
        << wrong;
  }
  EXPECT_EQ(of_backend(R"({"state": "up"})"),
            "unknown state 'up': choose one of active, draining, dead");
  EXPECT_EQ(of_backend(R"({"agent": false})"), "agent: a string is expected, not false");
  EXPECT_EQ(of_backend("[1]"), "10.0.0.1: keys with values are expected, not a list");
  EXPECT_EQ(complaint("7").message, "web: keys with values are expected, not 7");
  EXPECT_EQ(complaint(R"({"history_depth": 1})").message,
            "history_depth: a whole number from 2 to 4 is expected, not 1");
  EXPECT_EQ(complaint(R"({"buckets": 16777217})").message,
            "buckets: a whole number from 1 to 16777216 is expected, not 16777217");
  EXPECT_THAT(complaint(R"({"backends": {"10.0.0.256": {}}})").message, HasSubstr("`connected`"));
}

TEST(ConfigurationJsonTest, NumbersFromTheEndsOfTheirRangesAreTaken) {
  for (const uint32_t weight : {1u, kWeightMax}) {
    EXPECT_EQ(decode_backend({}, OrderedJson{{"weight", weight}})->weight, weight);
  }
  for (const uint32_t buckets : {1u, kBucketsMax}) {
    EXPECT_EQ(decode_pool(OrderedJson{{"buckets", buckets}})->table.buckets, buckets);
  }
}

TEST(ConfigurationJsonTest, AllThatIsWrongIsTold) {
  const auto decoded = decode_configuration(json(R"({"pools": {"web": {"buckets": 0, "mark": 1}},
      "services": {"10.0.10.0:80/tcp": {}, "10.0.10": {"pool": "web"}},
      "neighbours": {"10.0.0.9": {"mac": "x"}}, "pool": 1})"));
  ASSERT_FALSE(decoded.ok());
  std::vector<std::string> keys;
  for (const Invalid& invalid : decoded.all_invalid()) {
    keys.push_back(fmt::format("{}", fmt::join(invalid.where, ".")));
  }
  EXPECT_THAT(
      keys, ElementsAre("pool", "pools.web.buckets", "pools.web.mark", "services.10.0.10.0:80/tcp",
                        "services.10.0.10", "neighbours.10.0.0.9", "neighbours.10.0.0.9.mac"));
}

TEST(ConfigurationJsonTest, ASecondSpellingOfAServiceIsRefused) {
  const auto decoded = decode_configuration(
      json(R"({"services": {"10.0.10.0": {"pool": "a"}, "10.0.10.0/32": {"pool": "b"}}})"));
  ASSERT_FALSE(decoded.ok());
  EXPECT_THAT(decoded.invalid().where, ElementsAre("services", "10.0.10.0/32"));
  EXPECT_THAT(decoded.invalid().message, HasSubstr("10.0.10.0/32 is there twice"));
}

TEST(ConfigurationJsonTest, APartIsPlacedInTheWhole) {
  const auto decoded =
      decode_backend({}, json(R"({"weight": 0})"), {"pools", "web", "backends", "connected"});
  ASSERT_FALSE(decoded.ok());
  EXPECT_THAT(decoded.invalid().where,
              ElementsAre("pools", "web", "backends", "connected", "weight"));
}

TEST(ConfigurationJsonTest, TheWholeIsJudgedToo) {
  const OrderedJson lonely = json(R"({"services": {"10.0.10.0": {"pool": "web"}}})");
  EXPECT_TRUE(decode_configuration(lonely).ok());
  const auto decoded = decode_valid_configuration(lonely);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.invalid().message, "there is no pool 'web'");
  EXPECT_THAT(decoded.invalid().where, ElementsAre("services", "10.0.10.0", "pool"));
}

}  // namespace
}  // namespace ricochet
