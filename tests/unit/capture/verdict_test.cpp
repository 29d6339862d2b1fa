// SPDX-License-Identifier: Apache-2.0
#include "capture/verdict.h"

#include <gtest/gtest.h>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

TEST(Verdict, IsNamedByTheProgramThatGaveIt) {
  EXPECT_EQ(find_verdict(TapProgram::router, RCH_ROUTER_FORWARD)->name, "forward");
  EXPECT_EQ(find_verdict(TapProgram::router, RCH_ROUTER_DROP_SETTLING)->meaning,
            "past the last owner while a new table settles");
  EXPECT_EQ(find_verdict(TapProgram::agent, RCH_AGENT_BOUNCE)->name, "bounce");
  EXPECT_EQ(find_verdict(TapProgram::agent, RCH_AGENT_DROP_TTL_EXPIRED)->name, "drop_ttl_expired");
}

TEST(Verdict, EventsAndUnknownNumbersAreNone) {
  EXPECT_FALSE(find_verdict(TapProgram::router, RCH_ROUTER_MARK_CLEARED));
  EXPECT_FALSE(find_verdict(TapProgram::agent, RCH_AGENT_BOUNCE_UNFIT));
  EXPECT_FALSE(find_verdict(TapProgram::agent, 255));
}

}  // namespace
}  // namespace ricochet
