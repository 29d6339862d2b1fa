// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ricochet {
namespace {

using ::testing::HasSubstr;

Ipv4Address address(const char* text) {
  return *Ipv4Address::parse(text);
}

Generation sample_generation() {
  Generation generation;
  generation.number = 7;
  generation.services[{.prefix = *Ipv4Prefix::parse("10.0.1.0/24")}] =
      Pool{{Backend{.address = std::nullopt}}};
  generation.services[{
      .prefix = *Ipv4Prefix::parse("10.0.10.0"), .port = 443, .protocol = Protocol::tcp}] =
      Pool{{Backend{.address = address("10.0.0.2"), .weight = 256},
            Backend{.address = address("10.0.0.1")}}};
  generation.unreachable = {address("10.0.0.9")};
  return generation;
}

TEST(Codec, GenerationSurvives) {
  Generation generation = sample_generation();
  auto decoded = decode_generation(7, encode(generation));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, generation);

  generation.clears_history = true;
  EXPECT_EQ(*decode_generation(7, encode(generation)), generation);
}

TEST(Codec, SettingsSurvive) {
  const Settings settings{.placement = Placement::modulo,
                          .history = HistoryPolicy::two_tables,
                          .mark = MarkMode::ecmp_er,
                          .seed = UINT64_MAX,
                          .buckets = 1};
  auto decoded = decode_settings(encode(settings));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, settings);
}

TEST(Codec, RefusesWhatItDoesNotKnow) {
  const auto refusal = [](const char* text) {
    auto decoded = decode_generation(1, text);
    return decoded ? std::string("accepted") : decoded.error().message;
  };
  EXPECT_THAT(refusal(""), HasSubstr("parse error"));
  EXPECT_THAT(refusal("[]"), HasSubstr("not an object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("services"));
  EXPECT_THAT(refusal(R"({"services":[],"unreachable":[],"clears_history":false,"new":1})"),
              HasSubstr("unknown field 'new'"));
  EXPECT_THAT(refusal(R"({"services":[],"unreachable":["10.0.0"],"clears_history":false})"),
              HasSubstr("10.0.0"));

  const auto refused_service = [&](const std::string& service) {
    return refusal(
        (R"({"unreachable":[],"clears_history":false,"services":[)" + service + "]}").c_str());
  };
  EXPECT_THAT(refused_service(R"({"prefix":"10.0.0.0/8","port":-1,"protocol":"any",
                                  "backends":[]})"),
              HasSubstr("'port' is out of range"));
  EXPECT_THAT(refused_service(R"({"prefix":"10.0.0.0/8","port":65536,"protocol":"any",
                                  "backends":[]})"),
              HasSubstr("'port' is out of range"));
  const std::string service = R"({"prefix":"10.0.0.0/8","port":0,"protocol":"any","backends":[]})";
  EXPECT_THAT(refused_service(service + "," + service), HasSubstr("there twice"));
}

}  // namespace
}  // namespace ricochet
