// SPDX-License-Identifier: Apache-2.0
#include "api/rest_request.h"

#include <gmock/gmock.h>

#include "api/parameters.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(RestRequest, ATargetIsSplitBeforeItIsDecoded) {
  EXPECT_THAT(*split_target("/v1/pools/a%2Fb?x=/y"), ElementsAre("v1", "pools", "a/b"));
  EXPECT_THAT(*split_target("/v1//%41%c3%a4/"), ElementsAre("v1", "", "A\xc3\xa4", ""));
  EXPECT_THAT(*split_target("*"), ElementsAre());
  for (const char* target : {"/%", "/%4", "/%4g", "/a%", "/%%41"}) {
    EXPECT_FALSE(split_target(target)) << target;
  }
}

TEST(RestRequest, PathsMatchWhole) {
  const char* pattern = "/v1/pools/{pool}/backends/{backend}";
  EXPECT_THAT(*match_path(pattern, {"v1", "pools", "web", "backends", "10.0.0.1"}),
              UnorderedElementsAre(Pair("pool", "web"), Pair("backend", "10.0.0.1")));
  EXPECT_FALSE(match_path(pattern, {"v1", "pools", "web", "backends"}));
  EXPECT_FALSE(match_path(pattern, {"v1", "pools", "web", "backends", ""}));
  EXPECT_FALSE(match_path(pattern, {"v1", "pools", "web", "backend", "10.0.0.1"}));
  EXPECT_FALSE(match_path(pattern, {"v1", "pools", "web", "backends", "10.0.0.1", ""}));
  EXPECT_TRUE(match_path("/v1/pools", {"v1", "pools"}));
}

TEST(RestRequest, TheRestOfAPathKeepsItsSlashes) {
  const char* pattern = "/v1/services/{service...}";
  EXPECT_THAT(*match_path(pattern, {"v1", "services", "10.0.1.0", "24"}),
              ElementsAre(Pair("service", "10.0.1.0/24")));
  EXPECT_THAT(*match_path(pattern, {"v1", "services", "10.0.1.0/24"}),
              ElementsAre(Pair("service", "10.0.1.0/24")));
  EXPECT_FALSE(match_path(pattern, {"v1", "services"}));
  EXPECT_FALSE(match_path(pattern, {"v1", "services", ""}));
}

TEST(RestRequest, Conditions) {
  EXPECT_EQ(parse_conditions({})->generation, std::nullopt);
  EXPECT_FALSE(parse_conditions({})->is_new);
  EXPECT_EQ(parse_conditions({.if_match = " \"18446744073709551615\" "})->generation, UINT64_MAX);
  EXPECT_EQ(parse_conditions({.if_match = "\"0\""})->generation, 0u);
  EXPECT_EQ(parse_conditions({.if_match = "*"})->generation, std::nullopt);
  EXPECT_TRUE(parse_conditions({.if_none_match = "*"})->is_new);
  for (const char* tag : {"8", "\"\"", "\"", "\"08\"", "\"-1\"", "\"18446744073709551616\""}) {
    EXPECT_FALSE(parse_conditions({.if_match = tag})) << tag;
  }
}

TEST(RestRequest, Bodies) {
  const char* const types[] = {"application/json"};
  const auto status = [&](const ApiRequest& request) {
    const auto problem = check_body_headers(request, types);
    return problem ? problem->status : kOk;
  };
  EXPECT_EQ(status({.content_type = "application/json", .content_length = "0"}), kOk);
  EXPECT_EQ(status({.content_type = "Application/JSON ; charset=utf-8", .content_length = "2"}),
            kOk);
  EXPECT_EQ(status({.content_type = "application/json", .content_length = "16777216"}), kOk);
  EXPECT_EQ(status({.content_type = "application/json", .content_length = "16777217"}),
            kContentTooLarge);
  EXPECT_EQ(status({.content_type = "application/json", .content_length = "2x"}), kBadRequest);
  EXPECT_EQ(status({.content_type = "application/json", .content_length = "-2"}), kBadRequest);
  EXPECT_EQ(status({.content_type = "application/json"}), kLengthRequired);
  EXPECT_EQ(status({.content_type = "application/json",
                    .content_length = "2",
                    .transfer_encoding = "chunked"}),
            kLengthRequired);
  EXPECT_EQ(status({.content_length = "2"}), kUnsupportedMediaType);
  EXPECT_EQ(status({.content_type = "application/json2", .content_length = "2"}),
            kUnsupportedMediaType);
  EXPECT_EQ(
      status(
          {.content_type = "application/json", .content_length = "2", .content_encoding = "gzip"}),
      kUnsupportedMediaType);
}

TEST(Parameters, AreStrict) {
  EXPECT_EQ(*find_number({{"limit", "7"}}, "limit", 1, 9), 7u);
  EXPECT_EQ(*find_number({}, "limit", 1, 9), std::nullopt);
  for (const char* number : {"0", "10", "", "07", "+7", "7 ", "x"}) {
    EXPECT_FALSE(find_number({{"limit", number}}, "limit", 1, 9)) << number;
  }
  EXPECT_FALSE(find_number({{"limit", "7"}, {"limit", "7"}}, "limit", 1, 9));
  EXPECT_TRUE(*find_flag({{"dry_run", "true"}}, "dry_run"));
  EXPECT_FALSE(*find_flag({{"dry_run", "false"}}, "dry_run"));
  EXPECT_FALSE(*find_flag({}, "dry_run"));
  EXPECT_FALSE(find_flag({{"dry_run", ""}}, "dry_run"));
}

}  // namespace
}  // namespace ricochet
