// SPDX-License-Identifier: Apache-2.0
#include "cli/router_settings.h"

#include <gtest/gtest.h>

namespace ricochet {
namespace {

RouterSection with_ports() {
  RouterSection section;
  section.ports = {{"eth0"}};
  return section;
}

TEST(RouterSettings, TheDefaultsAreThoseOfTheDocuments) {
  const auto settings = resolve_settings(with_ports(), {}, "/state");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->flow_memory_mib, 8u);
  EXPECT_EQ(settings->flow_idle_s, 120u);
  EXPECT_EQ(settings->source_prefix_ipv4_bits, 24u);
  EXPECT_EQ(settings->source_prefix_ipv6_bits, 56u);
  EXPECT_TRUE(settings->answer_echo);
  EXPECT_EQ(settings->forward_other, ForwardOther::kernel);
}

TEST(RouterSettings, TheCommandLineGoesBeforeTheFile) {
  RouterSection command_line = with_ports();
  command_line.forward_other = ForwardOther::kernel;
  command_line.flow_idle_s = 9;
  RouterSection file;
  file.forward_other = ForwardOther::fib;
  file.flow_idle_s = 10;
  file.answer_echo = false;
  const auto settings = resolve_settings(command_line, file, "/state");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->forward_other, ForwardOther::kernel);
  EXPECT_EQ(settings->flow_idle_s, 9u);
  EXPECT_FALSE(settings->answer_echo);
}

// So that `ricochet export` writes them all, and `ricochet apply` compares them all.
TEST(RouterSettings, AreASectionOfTheFile) {
  RouterSection section = with_ports();
  section.backend_ports.emplace();
  section.listen = "none";
  section.socket = "/run/api.sock";
  section.seed = 7;
  section.settle_ms = 1;
  section.table_memory_mib = 2;
  section.pin_memory_mib = 3;
  section.pin_idle_s = 8;
  section.flow_memory_mib = 4;
  section.flow_idle_s = 9;
  section.source_prefix_ipv4_bits = 16;
  section.source_prefix_ipv6_bits = 48;
  section.learn_neighbours = false;
  section.answer_echo = false;
  section.forward_other = ForwardOther::fib;
  const auto settings = resolve_settings({}, section, "/state");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(to_json(*settings), to_json(section));
}

TEST(RouterSettings, WithoutPortsThereIsNoRouter) {
  EXPECT_FALSE(resolve_settings({}, {}, "/state").ok());
}

}  // namespace
}  // namespace ricochet
