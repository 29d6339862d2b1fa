// SPDX-License-Identifier: Apache-2.0
#include "model/limits.h"

#include <gtest/gtest.h>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

TEST(LimitsTest, AgreeWithTheDataPlane) {
  EXPECT_EQ(kPoolsMax, RCH_POOLS_MAX);
  EXPECT_LE(kPoolsMax, RCH_WORD_VALUES);          // values of the word table of services
  EXPECT_EQ(kBackendsMax, RCH_BACKENDS_MAX - 1);  // slot 0 is none
  EXPECT_EQ(kBucketsMax, RCH_POOL_BUCKETS_MAX);
  // New entries are written before old ones are removed.
  EXPECT_EQ(2 * kPrefixServicesMax, RCH_PREFIXES_MAX);
  EXPECT_EQ(4 * kNeighboursMax, RCH_NEIGHBOURS_MAX);
  EXPECT_LE(2 * kServicePortsMax, RCH_SERVICE_SETS * RCH_SET_WORDS);
}

TEST(LimitsTest, PoolsRunOutBeforeServices) {
  EXPECT_LE(kPoolsMax, RCH_SERVICE_SETS);
  EXPECT_LE(kPoolsMax, RCH_PREFIXES_MAX);
}

}  // namespace
}  // namespace ricochet
