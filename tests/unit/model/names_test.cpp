// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/state.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

TEST(NamesTest, ParseIsTheInverseOfToString) {
  for (const Placement value : {Placement::modulo, Placement::maglev}) {
    EXPECT_EQ(*parse_placement(to_string(value)), value);
  }
  for (const HistoryPolicy value :
       {HistoryPolicy::none, HistoryPolicy::two_tables, HistoryPolicy::distinct}) {
    EXPECT_EQ(*parse_history(to_string(value)), value);
  }
  for (const MarkMode value : {MarkMode::dscp, MarkMode::ecmp_er}) {
    EXPECT_EQ(*parse_mark(to_string(value)), value);
  }
  for (const Protocol value : {Protocol::any, Protocol::tcp, Protocol::udp}) {
    EXPECT_EQ(*parse_protocol(to_string(value)), value);
  }
}

TEST(NamesTest, AreAsUsersWriteThem) {
  EXPECT_EQ(to_string(Placement::maglev), "maglev");
  EXPECT_EQ(to_string(HistoryPolicy::two_tables), "two-tables");
  EXPECT_EQ(to_string(MarkMode::ecmp_er), "ecmp-er");
  EXPECT_EQ(to_string(Protocol::tcp), "tcp");
}

TEST(NamesTest, AnUnknownNameIsAnsweredWithTheChoices) {
  const auto history = parse_history("two_tables");
  ASSERT_FALSE(history.ok());
  EXPECT_EQ(history.error().message,
            "unknown history 'two_tables': choose one of none, two-tables, distinct");
  EXPECT_THAT(parse_placement("").error().message, HasSubstr("modulo, maglev"));
  EXPECT_THAT(parse_mark("tos").error().message, HasSubstr("dscp, ecmp-er"));
  EXPECT_THAT(parse_protocol("TCP").error().message, HasSubstr("any, tcp, udp"));
}

TEST(NamesTest, OfServices) {
  const Ipv4Prefix host = *Ipv4Prefix::parse("10.0.10.0");
  EXPECT_EQ(to_string(ServiceKey{host}), "10.0.10.0/32");
  EXPECT_EQ(to_string(ServiceKey{host, 80, Protocol::tcp}), "10.0.10.0/32 tcp port 80");
}

}  // namespace
}  // namespace ricochet
