// SPDX-License-Identifier: Apache-2.0
#include "model/choices.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace ricochet {
namespace {

template <class Value>
void expect_names(Result<Value> (*parse)(std::string_view),
                  std::initializer_list<std::pair<Value, const char*>> names) {
  for (const auto& [value, name] : names) {
    EXPECT_EQ(to_string(value), name);
    const auto parsed = parse(name);
    ASSERT_TRUE(parsed.ok()) << name;
    EXPECT_EQ(*parsed, value);
  }
}

TEST(ChoicesTest, AreReadAsTheyAreWritten) {
  expect_names<Protocol>(parse_protocol,
                         {{Protocol::any, "any"}, {Protocol::tcp, "tcp"}, {Protocol::udp, "udp"}});
  expect_names<Placement>(parse_placement,
                          {{Placement::modulo, "modulo"}, {Placement::maglev, "maglev"}});
  expect_names<HistoryPolicy>(parse_history, {{HistoryPolicy::none, "none"},
                                              {HistoryPolicy::two_tables, "two-tables"},
                                              {HistoryPolicy::distinct, "distinct"}});
  expect_names<MarkMode>(parse_mark, {{MarkMode::dscp, "dscp"}, {MarkMode::ecmp_er, "ecmp-er"}});
  expect_names<BackendState>(parse_backend_state, {{BackendState::active, "active"},
                                                   {BackendState::draining, "draining"},
                                                   {BackendState::dead, "dead"}});
  expect_names<AgentUse>(parse_agent_use,
                         {{AgentUse::required, "required"}, {AgentUse::none, "none"}});
  expect_names<Affinity>(parse_affinity, {{Affinity::flow, "flow"},
                                          {Affinity::source_ports, "source-ports"},
                                          {Affinity::source, "source"},
                                          {Affinity::source_prefix, "source-prefix"}});
  expect_names<ForwardOther>(parse_forward_other,
                             {{ForwardOther::kernel, "kernel"}, {ForwardOther::fib, "fib"}});
}

TEST(ChoicesTest, AnUnknownNameIsAnsweredWithTheChoices) {
  EXPECT_EQ(parse_history("two_tables").error().message,
            "unknown history 'two_tables': choose one of none, two-tables, distinct");
  EXPECT_EQ(parse_placement("").error().message,
            "unknown placement '': choose one of modulo, maglev");
  EXPECT_EQ(parse_mark("tos").error().message, "unknown mark 'tos': choose one of dscp, ecmp-er");
  EXPECT_EQ(parse_protocol("TCP").error().message,
            "unknown protocol 'TCP': choose one of any, tcp, udp");
  EXPECT_EQ(parse_backend_state("up").error().message,
            "unknown state 'up': choose one of active, draining, dead");
  EXPECT_EQ(parse_agent_use("yes").error().message,
            "unknown agent 'yes': choose one of required, none");
  EXPECT_EQ(parse_affinity("source_ports").error().message,
            "unknown affinity 'source_ports': choose one of flow, source-ports, source, "
            "source-prefix");
  EXPECT_EQ(parse_forward_other("xdp").error().message,
            "unknown forward_other 'xdp': choose one of kernel, fib");
}

}  // namespace
}  // namespace ricochet
