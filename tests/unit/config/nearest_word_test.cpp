// SPDX-License-Identifier: Apache-2.0
#include "config/nearest_word.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace ricochet {
namespace {

constexpr std::array<std::string_view, 4> kWords{"weight", "state", "agent", "history"};

TEST(NearestWordTest, IsFewSlipsAway) {
  EXPECT_EQ(nearest_word("wieght", kWords), "weight");
  EXPECT_EQ(nearest_word("weigth", kWords), "weight");
  EXPECT_EQ(nearest_word("wight", kWords), "weight");
  EXPECT_EQ(nearest_word("statte", kWords), "state");
  EXPECT_EQ(nearest_word("agents", kWords), "agent");
  EXPECT_EQ(nearest_word("History", kWords), "history");
}

TEST(NearestWordTest, IsNoneIfAllAreFar) {
  EXPECT_EQ(nearest_word("colour", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("x", kWords), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(10'000, 'w'), kWords), std::nullopt);
  EXPECT_EQ(nearest_word("weight", {}), std::nullopt);
}

}  // namespace
}  // namespace ricochet
