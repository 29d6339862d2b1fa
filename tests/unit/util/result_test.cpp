// SPDX-License-Identifier: Apache-2.0
#include "util/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace ricochet {
namespace {

TEST(ResultTest, HoldsAValue) {
  Result<std::string> result = std::string("abc");
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, "abc");
  EXPECT_EQ(result->size(), 3u);
}

TEST(ResultTest, HoldsAnErrorInWords) {
  const Result<int> result = error("port {} is taken: choose another", 80);
  ASSERT_FALSE(result.ok());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.error().message, "port 80 is taken: choose another");
}

TEST(ResultTest, GivesAwayWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 7);
}

TEST(ResultTest, OfNothingIsOkUnlessItHasAnError) {
  const Result<void> fine;
  EXPECT_TRUE(fine.ok());
  const Result<void> failed = error("no");
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "no");
}

}  // namespace
}  // namespace ricochet
