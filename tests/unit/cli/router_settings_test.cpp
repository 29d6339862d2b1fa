// SPDX-License-Identifier: Apache-2.0
#include "cli/router_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/router_options.h"
#include "config/file.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

// Each one another value than the default.
const RouterSection kFile{.ports = {{"eth1", "eth2"}},
                          .backend_ports = {{"eth2"}},
                          .listen = "none",
                          .socket = "/run/a.sock",
                          .seed = 1,
                          .settle_ms = 2,
                          .table_memory_mib = 3,
                          .pin_memory_mib = 4,
                          .pin_idle_s = 50,
                          .flow_memory_mib = 6,
                          .flow_idle_s = 70,
                          .source_prefix_ipv4_bits = 8,
                          .source_prefix_ipv6_bits = 9,
                          .learn_neighbours = false,
                          .answer_echo = false,
                          .forward_other = ForwardOther::fib};

RouterSettings resolved(const RouterSection& command_line, const RouterSection& file) {
  const auto settings = resolve_settings(command_line, file, "/var/lib/x");
  EXPECT_TRUE(settings);
  return settings ? *settings : RouterSettings{};
}

// What the daemon says of its settings is a section of a file again.
RouterSection said(const RouterSettings& settings) {
  const auto section = decode_router_section(to_json(settings));
  EXPECT_TRUE(section.ok());
  return section.ok() ? *section : RouterSection{};
}

TEST(RouterSettingsTest, AreThoseOfTheFile) {
  EXPECT_EQ(said(resolved({}, kFile)), kFile);
}

TEST(RouterSettingsTest, AreThoseOfTheCommandLineFirst) {
  RouterSection other;
  other.ports = {"eth3"};
  other.seed = 10;
  other.flow_memory_mib = 0;
  other.flow_idle_s = 11;
  other.source_prefix_ipv4_bits = 12;
  other.source_prefix_ipv6_bits = 13;
  other.answer_echo = true;
  other.forward_other = ForwardOther::kernel;
  RouterSection expected = kFile;
  expected.ports = other.ports;
  expected.seed = other.seed;
  expected.flow_memory_mib = other.flow_memory_mib;
  expected.flow_idle_s = other.flow_idle_s;
  expected.source_prefix_ipv4_bits = other.source_prefix_ipv4_bits;
  expected.source_prefix_ipv6_bits = other.source_prefix_ipv6_bits;
  expected.answer_echo = other.answer_echo;
  expected.forward_other = other.forward_other;
  EXPECT_EQ(said(resolved(other, kFile)), expected);
}

TEST(RouterSettingsTest, HaveDefaults) {
  RouterSection least;
  least.ports = {"eth1"};
  const RouterSection all = said(resolved(least, {}));
  EXPECT_EQ(all.flow_memory_mib, 8u);
  EXPECT_EQ(all.flow_idle_s, 120u);
  EXPECT_EQ(all.source_prefix_ipv4_bits, 24u);
  EXPECT_EQ(all.source_prefix_ipv6_bits, 56u);
  EXPECT_EQ(all.answer_echo, true);
  EXPECT_EQ(all.forward_other, ForwardOther::kernel);
}

TEST(RouterSettingsTest, NeedPorts) {
  const auto settings = resolve_settings({}, {}, "/var/lib/x");
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().message, HasSubstr("--ports eth0,eth1"));
}

TEST(RouterOptionsTest, AreSettings) {
  RouterArguments arguments;
  CLI::App command;
  add_router_options(command, arguments);
  command.parse(
      "--ports eth1 --flow-memory-mib 0 --flow-idle-s 8 --source-prefix-ipv4-bits 1 "
      "--source-prefix-ipv6-bits 128 --answer-echo false --forward-other fib");
  RouterSection expected;
  expected.ports = {"eth1"};
  expected.flow_memory_mib = 0;
  expected.flow_idle_s = 8;
  expected.source_prefix_ipv4_bits = 1;
  expected.source_prefix_ipv6_bits = 128;
  expected.answer_echo = false;
  expected.forward_other = ForwardOther::fib;
  EXPECT_EQ(arguments.section, expected);
}

}  // namespace
}  // namespace ricochet
