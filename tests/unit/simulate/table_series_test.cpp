// SPDX-License-Identifier: Apache-2.0
#include "simulate/table_series.h"

#include <gmock/gmock.h>

#include "tables.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;

const std::vector<FleetChange> kChanges = {
    change_to(FleetState::active, 1, 3, 0),
    change_to(FleetState::draining, 1, 1, 10),
    change_to(FleetState::dead, 1, 1, 20),
};

TEST(TableSeries, ABucketHasANewPeriodWhenItsOwnersChange) {
  WrittenTables maker({{{{1}}, {{2}}}, {{{3, 1}}, {{2}}}, {{{3, 1}}, {{2, 3}}}});
  const TableSeries series(maker, kChanges, 3);
  // A dead one is skipped: to his bucket that is a change.
  EXPECT_THAT(series.periods(0),
              ElementsAre(Period{0, {{1}}}, Period{1, {{3, 1}}}, Period{2, {{3}}}));
  EXPECT_THAT(series.periods(1), ElementsAre(Period{0, {{2}}}, Period{2, {{2, 3}}}));
  EXPECT_THAT(series.periods(0xfffffffe),
              ElementsAre(series.periods(0)[0], series.periods(0)[1], series.periods(0)[2]));
}

TEST(TableSeries, ASmallerTableIsRepeated) {
  WrittenTables maker({{{{1}}, {{2}}}, {{{3}}}, {{{3}}}});
  const TableSeries series(maker, kChanges, 3);
  EXPECT_THAT(series.periods(1), ElementsAre(Period{0, {{2}}}, Period{1, {{3}}}));
}

TEST(TableSeries, CostAndLoad) {
  // After the second change 2 and 3 share four buckets, 3 to 1.
  WrittenTables maker(
      {{{{1}}, {{2}}, {{3}}, {{1}}}, {{{3}}, {{2}}, {{3}}, {{3}}}, {{{3}}, {{3}}, {{3}}, {{3}}}});
  const TableSeries series(maker, kChanges, 3);
  EXPECT_EQ(series.cost().buckets_moved, 2u);  // one each; the first table is not counted
  EXPECT_EQ(series.peak_load(), 2);
  EXPECT_EQ(series.idle_backends(), 1u);
}

}  // namespace
}  // namespace ricochet
