// SPDX-License-Identifier: Apache-2.0
#include "dataplane/explanations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

using ::testing::ElementsAreArray;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Of the ABI, each once, in its order.
std::vector<std::string_view> names_of_abi() {
#define X(constant, name, meaning) name,
  constexpr std::string_view kAll[] = {RCH_ROUTER_VERDICTS(X) RCH_ROUTER_EVENTS(X)
                                           RCH_AGENT_VERDICTS(X) RCH_AGENT_EVENTS(X)};
#undef X
  std::vector<std::string_view> names;
  for (const std::string_view name : kAll) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

TEST(Explanations, AreOfEveryNameOfTheAbiAndNoOther) {
  EXPECT_THAT(explained_names(), ElementsAreArray(names_of_abi()));
}

TEST(Explanations, SayWhyAndWhatToDo) {
  for (const std::string_view name : names_of_abi()) {
    SCOPED_TRACE(name);
    const auto explanation = explain(name);
    ASSERT_TRUE(explanation);
    EXPECT_EQ(explanation->name, name);
    EXPECT_THAT(explanation->meanings, Not(IsEmpty()));
    EXPECT_THAT(std::string(explanation->why), EndsWith("."));
    EXPECT_THAT(std::string(explanation->advice), EndsWith("."));
  }
}

TEST(Explanations, HaveTheMeaningsOfTheAbi) {
  const auto settling = explain("drop_settling");
  ASSERT_THAT(settling->meanings, SizeIs(1));
  EXPECT_EQ(settling->meanings[0].program, "router");
  EXPECT_EQ(settling->meanings[0].kind, "verdict");
  EXPECT_EQ(settling->meanings[0].text, "past the last owner while a new table settles");
  EXPECT_EQ(explain("mark_cleared")->meanings[0].kind, "event");
  EXPECT_EQ(explain("bounce_unfit")->meanings[0].kind, "event");
}

TEST(Explanations, OfANameThatBothProgramsHaveTellBoth) {
  const auto expired = explain("drop_ttl_expired");
  ASSERT_THAT(expired->meanings, SizeIs(2));
  EXPECT_EQ(expired->meanings[0].program, "router");
  EXPECT_EQ(expired->meanings[1].program, "agent");
  EXPECT_NE(expired->meanings[0].text, expired->meanings[1].text);
}

TEST(Explanations, OfAnyOtherNameThereAreNone) {
  EXPECT_FALSE(explain("drop"));
  EXPECT_FALSE(explain(""));
  EXPECT_FALSE(explain("DROP_SETTLING"));
}

}  // namespace
}  // namespace ricochet
