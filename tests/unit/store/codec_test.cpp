// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/configuration_json.h"
#include "config/json_text.h"
#include "recorded_router.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

const char* const kRecord =
    R"({"time_ms":-5,"cause":"apply","pools":{"web":{"before":null,"after":{"placement":"modulo",)"
    R"("buckets":65536,"history":"distinct","history_depth":4,"mark":"dscp","backends":{)"
    R"("10.0.0.2":{"weight":1,"state":"active","agent":"required"}}}}},)"
    R"("services":{"10.0.10.0:80/tcp":{"before":{"pool":"old","affinity":"flow",)"
    R"("keep_flows":false,"quic":false},"after":null}},)"
    R"("neighbours":{"10.0.0.2":{"before":null,)"
    R"("after":{"interface":"p1","mac":"02:00:00:00:00:01"}}},)"
    R"("unreachable":["10.0.0.9"],"shifts":true,"clears_history":false,)"
    R"("cost":{"buckets_moved":3,"history_evicted_live":0}})";

Generation sample_generation() {
  Generation generation;
  generation.number = 7;
  generation.time_ms = -5;
  generation.cause = "apply";
  Difference& difference = generation.difference;
  difference.pools["web"].after = modulo_pool({2});
  difference.services[service("10.0.10.0:80/tcp")].before = Service{"old"};
  difference.neighbours[server(2)].after =
      Neighbour{.interface = "p1", .mac = MacAddress({2, 0, 0, 0, 0, 1})};
  generation.unreachable = {server(9)};
  generation.shifts = true;
  generation.cost.buckets_moved = 3;
  return generation;
}

// What is in a store must be read by later versions, too.
TEST(Codec, ARecordLooksSo) {
  EXPECT_EQ(encode(sample_generation()), kRecord);
  auto decoded = decode_generation(7, kRecord);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, sample_generation());
}

// The encoder has a way of its own for pools.
TEST(Codec, APoolStandsThereAsInAConfiguration) {
  Pool pool = modulo_pool({2, 3, 4, 5, 6});
  pool.backends[0].weight = 2;
  pool.backends[2].state = BackendState::draining;
  pool.backends[3].state = BackendState::draining;
  pool.backends[4].agent = AgentUse::none;
  pool.backends.push_back({.address = std::nullopt});
  Generation generation = sample_generation();
  generation.difference.pools["web"] = {.before = modulo_pool({}), .after = pool};
  generation.difference.pools["\"odd\""] = {.before = pool, .after = std::nullopt};

  const auto json = parse_json(encode(generation));
  ASSERT_TRUE(json) << json.error().message;
  for (const auto& [name, change] : generation.difference.pools) {
    const OrderedJson& written = json->at("pools").at(name);
    EXPECT_EQ(written.at("before"), to_json(*change.before));
    EXPECT_EQ(written.at("after"), change.after ? to_json(*change.after) : OrderedJson());
  }
}

TEST(Codec, AnythingThatARouterDoesSurvives) {
  RecordedRouter router(1);
  for (int number = 1; number <= 300; ++number) {
    const Generation& generation = router.advance();
    auto decoded = decode_generation(generation.number, encode(generation));
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_EQ(*decoded, generation);

    auto snapshot = decode_snapshot(generation.number, encode_snapshot(router.state()));
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    for (auto& [name, table] : snapshot->tables) {  // the rest stands beside the text
      const PoolState& pool = router.state().pools.at(name);
      table.buckets = pool.table->buckets;
      snapshot->state.pools.at(name).table = std::make_shared<const PoolTable>(table);
      snapshot->state.pools.at(name).owners = pool.owners;
    }
    expect_same_state(snapshot->state, router.state());
    ASSERT_FALSE(HasFailure());
  }
}

TEST(Codec, TextOfPeopleSurvives) {
  Generation generation;
  generation.number = 1;
  generation.cause = "\"quoted\" and\nbroken, gr\u00fc\u00df";
  EXPECT_EQ(decode_generation(1, encode(generation))->cause, generation.cause);
  generation.cause = "\xff is no UTF-8";
  EXPECT_TRUE(decode_generation(1, encode(generation)));
}

// The message that a record gets in which `part` was replaced.
std::string refusal(const std::string& part, const std::string& replacement) {
  std::string text = kRecord;
  const size_t place = text.find(part);
  if (place == std::string::npos) throw std::invalid_argument(part);
  auto decoded = decode_generation(1, text.replace(place, part.size(), replacement));
  return decoded ? "accepted" : decoded.error().message;
}

TEST(Codec, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal("apply", "other"), "accepted");
  EXPECT_NE(refusal(kRecord, ""), "accepted");
  EXPECT_THAT(refusal(kRecord, "[]"), HasSubstr("not an object"));
  EXPECT_THAT(refusal(kRecord, "{}"), HasSubstr("time_ms"));
  EXPECT_THAT(refusal(R"("shifts":true)", R"("shifts":true,"new":1)"),
              HasSubstr("unknown field 'new'"));
  EXPECT_THAT(refusal(R"("shifts":true)", R"("shifts":1)"), HasSubstr("boolean"));
  EXPECT_THAT(refusal("-5", "18446744073709551615"), HasSubstr("'time_ms' is out of range"));
  EXPECT_THAT(refusal("-5", "0.5"), HasSubstr("'time_ms' is not a whole number"));
  EXPECT_THAT(refusal("10.0.0.9", "10.0.0"), HasSubstr("10.0.0"));
  EXPECT_THAT(refusal(R"(["10.0.0.9"])", R"({"a":"10.0.0.9"})"), HasSubstr("is object"));
  EXPECT_THAT(refusal(R"("buckets_moved":3)", R"("buckets_moved":4294967296)"),
              HasSubstr("'buckets_moved' is out of range"));
  EXPECT_THAT(refusal(R"("before":{"pool":"old"},)", ""), HasSubstr("before"));
  EXPECT_NE(refusal("modulo", "maglov"), "accepted");
  EXPECT_NE(refusal("10.0.10.0:80/tcp", "10.0.10.0:80"), "accepted");
}

TEST(Codec, RefusesNumbersThatNoBackendHas) {
  const auto refusal_of = [](const std::string& backends) {
    auto decoded = decode_snapshot(1, R"({"configuration":{},"unreachable":[],"backends":)" +
                                          backends + R"(,"dead":[],"agentless":[],"pools":{}})");
    return decoded ? "accepted" : decoded.error().message;
  };
  EXPECT_EQ(refusal_of(R"({"connected":1,"10.0.0.1":4096})"), "accepted");
  EXPECT_THAT(refusal_of(R"({"10.0.0.1":0})"), HasSubstr("10.0.0.1 cannot have number 0"));
  EXPECT_THAT(refusal_of(R"({"10.0.0.1":4097})"), HasSubstr("cannot have number 4097"));
  EXPECT_THAT(refusal_of(R"({"10.0.0.1":70000})"), HasSubstr("out of range"));
  EXPECT_THAT(refusal_of(R"({"10.0.0.1":1,"10.0.0.2":1})"),
              HasSubstr("10.0.0.2 cannot have number 1"));
}

}  // namespace
}  // namespace ricochet
