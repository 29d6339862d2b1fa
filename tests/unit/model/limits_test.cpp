// SPDX-License-Identifier: Apache-2.0
#include "model/limits.h"

#include <gtest/gtest.h>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

TEST(LimitsTest, AgreeWithTheDataPlane) {
  EXPECT_EQ(kPoolsMax, RCH_POOLS_MAX);
  EXPECT_EQ(kPoolsMax, 1 << RCH_SERVICE_POOL_BITS);
  EXPECT_EQ(2 * kQuicIdsMax, RCH_QUIC_SERVERS_MAX);
  EXPECT_EQ(kQuicIdBytesMax, RCH_QUIC_ID_BYTES_MAX);
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
