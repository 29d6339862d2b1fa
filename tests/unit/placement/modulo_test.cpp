// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "placement/bucket.h"

namespace ricochet {
namespace {

TEST(PaperBucketCountTest, IsFourTimesTheNextPowerOfTwo) {
  EXPECT_EQ(paper_bucket_count(0), 0u);
  EXPECT_EQ(paper_bucket_count(1), 1u);
  EXPECT_EQ(paper_bucket_count(2), 8u);
  EXPECT_EQ(paper_bucket_count(3), 16u);
  EXPECT_EQ(paper_bucket_count(4), 16u);
  EXPECT_EQ(paper_bucket_count(5), 32u);
  EXPECT_EQ(paper_bucket_count(8), 32u);
  EXPECT_EQ(paper_bucket_count(9), 64u);
  EXPECT_EQ(paper_bucket_count(4096), 16384u);
}

TEST(ModuloTest, TakesTurnsInTheOrderGiven) {
  const std::vector<Candidate> candidates{{.id = 7}, {.id = 3}, {.id = 5}};
  EXPECT_EQ(place_modulo(candidates, 8), (std::vector<BackendId>{7, 3, 5, 7, 3, 5, 7, 3}));
}

TEST(ModuloTest, LooksAtNeitherWeightNorIdentity) {
  const std::vector<Candidate> candidates{{.id = 1, .identity = 9, .weight = 100}, {.id = 2}};
  EXPECT_EQ(place_modulo(candidates, 4), (std::vector<BackendId>{1, 2, 1, 2}));
}

TEST(ModuloTest, NobodyGivesNoPlacement) {
  EXPECT_TRUE(place_modulo({}, 0).empty());
  EXPECT_TRUE(place_modulo({}, 8).empty());
}

TEST(ModuloTest, MoreCandidatesThanBucketsLeavesTheLastOnesOut) {
  const std::vector<Candidate> candidates{{.id = 1}, {.id = 2}, {.id = 3}};
  EXPECT_EQ(place_modulo(candidates, 2), (std::vector<BackendId>{1, 2}));
}

}  // namespace
}  // namespace ricochet
