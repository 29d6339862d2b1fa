// SPDX-License-Identifier: Apache-2.0
#include "config/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "../model/random_configuration.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string complaint(const std::string& text) {
  const auto file = parse_configuration_file(text, "f.yaml");
  return file ? "" : file.error().message;
}

constexpr const char* kExample = R"(version: 1

router:
  ports: [eth1, eth2]
  backend_ports: [eth2]
  listen: "127.0.0.1:5000"
  socket: /run/api.sock
  seed: 18446744073709551615
  settle_ms: 0
  table_memory_mib: 16384
  pin_memory_mib: 0
  pin_idle_s: 86400
  flow_memory_mib: 64
  flow_idle_s: 8
  source_prefix_ipv4_bits: 32
  source_prefix_ipv6_bits: 1
  learn_neighbours: false
  answer_echo: false
  forward_other: fib

pools:
  plain: {}
  web:
    placement: modulo
    history: two-tables
    mark: ecmp-er
    backends:
      10.0.0.2: {weight: 3, state: draining, quic_id: "12"}
      connected: {agent: none}
      10.0.0.1: {}

services:
  10.0.10.0: {pool: web}
  10.0.10.0:443/udp: {pool: web, keep_flows: true, quic: true}
  10.0.10.0:8000-8010/udp: {pool: plain, affinity: source-prefix}

neighbours:
  10.0.0.9: {interface: eth1, mac: "02:00:00:00:01:09"}
)";

TEST(ConfigurationFileTest, IsWrittenAsPeopleWriteIt) {
  const auto file = parse_configuration_file(kExample, "f.yaml");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(to_yaml(*file), kExample);
  EXPECT_EQ(file->router.seed, UINT64_MAX);
  EXPECT_EQ(file->router.backend_ports, std::vector<std::string>{"eth2"});
  EXPECT_EQ(file->router.learn_neighbours, false);
  EXPECT_EQ(file->router.flow_memory_mib, 64u);
  EXPECT_EQ(file->router.flow_idle_s, 8u);
  EXPECT_EQ(file->router.source_prefix_ipv4_bits, 32u);
  EXPECT_EQ(file->router.source_prefix_ipv6_bits, 1u);
  EXPECT_EQ(file->router.answer_echo, false);
  EXPECT_EQ(file->router.forward_other, ForwardOther::fib);
  EXPECT_EQ(file->configuration.pools.at("web").backends[0].quic_id, *QuicId::parse("12"));
  EXPECT_EQ(file->configuration.pools.at("web").backends[1].agent, AgentUse::none);
}

TEST(ConfigurationFileTest, TheLeastIsTheVersion) {
  EXPECT_EQ(complaint("version: 1\n"), "");
  EXPECT_EQ(to_yaml({}), "version: 1\n");
  EXPECT_EQ(complaint("version: 1\nrouter:\npools:\nservices:\nneighbours:\n"), "");
}

TEST(ConfigurationFileTest, IsReadAsItWasWritten) {
  RandomConfigurations random(2);
  for (int i = 0; i < 200; ++i) {
    ConfigurationFile file;
    file.configuration = random.next();
    if (i % 2 == 0) file.router.ports = {"eth0", "1", "a: b", "-", "ü\n\"'"};
    if (i % 3 == 0) file.router.socket = "/run/a b/#1";
    if (i % 5 == 0) file.router.backend_ports.emplace();
    if (i % 7 == 0) file.router.forward_other = ForwardOther::kernel;
    if (i % 7 == 1) file.router.answer_echo = true;
    const auto again = parse_configuration_file(to_yaml(file), "export");
    ASSERT_TRUE(again.ok()) << again.error().message << "\n" << to_yaml(file);
    EXPECT_EQ(again->configuration, file.configuration) << to_yaml(file);
    EXPECT_EQ(again->router, file.router) << to_yaml(file);
  }
}

TEST(ConfigurationFileTest, TheVersionComesBeforeAllElse) {
  EXPECT_EQ(complaint("pools: 7\n"),
            "f.yaml:1: the key 'version' is missing: begin the file with `version: 1`");
  EXPECT_THAT(complaint(""), HasSubstr("`version: 1`"));
  EXPECT_THAT(complaint("- version: 1\n"), HasSubstr("`version: 1`"));
  EXPECT_EQ(complaint("pools: 7\nversion: 2\n"),
            "f.yaml:2: version 2 of the file is unknown: this program reads version 1");
  EXPECT_THAT(complaint("version: '1'\n"), StartsWith("f.yaml:1: version \"1\""));
}

TEST(ConfigurationFileTest, AllThatIsWrongIsToldInTheOrderOfTheFile) {
  EXPECT_EQ(complaint(R"(version: 1
pools:
  web:
    bukets: 7
    backends:
      10.0.0.1: {weight: 0}
router:
  settle_ms: 600001
  table_memory_mib: 0
  pin_idle_s: 7
  prots: [eth0]
  ports: eth1
  learn_neighbours: 1
servces: {}
)"),
            "f.yaml:4: unknown key 'bukets': did you mean 'buckets'?\n"
            "f.yaml:6: weight: a whole number from 1 to 256 is expected, not 0\n"
            "f.yaml:8: settle_ms: a whole number from 0 to 600000 is expected, not 600001\n"
            "f.yaml:9: table_memory_mib: a whole number from 1 to 16384 is expected, not 0\n"
            "f.yaml:10: pin_idle_s: a whole number from 8 to 86400 is expected, not 7\n"
            "f.yaml:11: unknown key 'prots': did you mean 'ports'?\n"
            "f.yaml:12: ports: a list is expected, as in [a, b], not \"eth1\"\n"
            "f.yaml:13: learn_neighbours: true or false is expected, not 1\n"
            "f.yaml:14: unknown key 'servces': did you mean 'services'?");
}

TEST(ConfigurationFileTest, WrongSettingsAreToldWithWhatIsExpected) {
  EXPECT_EQ(complaint(R"(version: 1
router:
  flow_memory_mib: 65
  flow_idle_s: 7
  source_prefix_ipv4_bits: 33
  source_prefix_ipv6_bits: 0
  answer_echo: yes
  forward_other: xdp
)"),
            "f.yaml:3: flow_memory_mib: a whole number from 0 to 64 is expected, not 65\n"
            "f.yaml:4: flow_idle_s: a whole number from 8 to 86400 is expected, not 7\n"
            "f.yaml:5: source_prefix_ipv4_bits: a whole number from 1 to 32 is expected, not 33\n"
            "f.yaml:6: source_prefix_ipv6_bits: a whole number from 1 to 128 is expected, not 0\n"
            "f.yaml:7: answer_echo: true or false is expected, not \"yes\"\n"
            "f.yaml:8: unknown forward_other 'xdp': choose one of kernel, fib");
}

// YAML has types of its own for what looks like an ID.
TEST(ConfigurationFileTest, QuicIdsAreReadAsTheyAreWritten) {
  const auto with_id = [](const std::string& id) {
    return "version: 1\npools:\n  web:\n    backends:\n      10.0.0.1: {quic_id: " + id + "}\n";
  };
  for (const char* id : {"0a:01", "\"12\"", "1e", "\"00\"", "12:34", "ff:ff:ff:ff:ff:ff:ff:ff"}) {
    const auto file = parse_configuration_file(with_id(id), "f.yaml");
    ASSERT_TRUE(file) << file.error().message;
    const auto again = parse_configuration_file(to_yaml(*file), "export");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->configuration, file->configuration) << id;
  }
  EXPECT_EQ(complaint(with_id("12")),
            "f.yaml:5: quic_id: 12 is a number to YAML: write a single octet in quotes, as in "
            "\"12\"");
  EXPECT_THAT(complaint(with_id("0a01")), StartsWith("f.yaml:5: '0a01' is no server ID of QUIC"));
}

TEST(ConfigurationFileTest, Ipv6IsWrittenSoThatItIsReadAgain) {
  const auto file = parse_configuration_file(R"(version: 1
pools:
  web:
    backends:
      "2001:db8::": {}
      "::2": {weight: 2}
services:
  "[2001:db8::1]:80/tcp": {pool: web}
  "::/0": {pool: web}
  10.0.10.0:80/tcp: {pool: web}
neighbours:
  fe80::1: {interface: eth1, mac: "02:00:00:00:01:03"}
)",
                                             "f.yaml");
  ASSERT_TRUE(file) << file.error().message;
  const auto again = parse_configuration_file(to_yaml(*file), "export");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->configuration, file->configuration);
}

TEST(ConfigurationFileTest, Ipv6IsRead) {
  EXPECT_EQ(complaint(R"(version: 1
pools:
  web:
    backends:
      2001:db8::2: {}
services:
  10.0.10.0: {pool: web}
  "[2001:db8::1]:80/tcp": {pool: web}
)"),
            "");
  EXPECT_THAT(complaint("version: 1\nneighbours:\n  fe80::1%eth0: {}\n"),
              HasSubstr("write 'fe80::1' alone"));
}

TEST(ConfigurationFileTest, ALongListOfErrorsIsCut) {
  std::string text = "version: 1\nneighbours:\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("  x{}: {{}}\n", i);
  const std::string message = complaint(text);
  EXPECT_EQ(std::ranges::count(message, '\n'), 20);
  EXPECT_THAT(message, HasSubstr("\nand 10 more"));
}

TEST(ConfigurationFileTest, TheWholeIsJudgedWithItsLine) {
  EXPECT_EQ(complaint("version: 1\nservices:\n  10.0.10.0: {pool: web}\n"),
            "f.yaml:3: there is no pool 'web'");
  EXPECT_THAT(complaint("version: 1\npools:\n  web:\n    mark: dscp\n    buckets: 3\n"),
              StartsWith("f.yaml:5: 3 buckets"));
  // The second spelling is on the line that the model's name of the service leads to, or above.
  EXPECT_THAT(complaint("version: 1\nservices:\n  10.0.10.0/32: {pool: web}\n"),
              StartsWith("f.yaml:2: there is no pool"));
}

TEST(ConfigurationFileTest, WhatTheServerFindsIsLocated) {
  const auto file = parse_configuration_file(kExample, "f.yaml");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(located(*file, {{"pools", "web", "backends", "connected"}, "so and so"}),
            "f.yaml:29: so and so");
  EXPECT_EQ(located(*file, {{"pools", "gone"}, "so and so"}), "f.yaml:21: so and so");
}

TEST(ConfigurationFileTest, AFileThatCannotBeReadIsNamed) {
  const auto missing = read_configuration_file("/does/not/exist.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message,
            "cannot read the configuration file /does/not/exist.yaml: No such file or directory");
  EXPECT_THAT(read_configuration_file("/").error().message, HasSubstr("cannot read"));
}

}  // namespace
}  // namespace ricochet
