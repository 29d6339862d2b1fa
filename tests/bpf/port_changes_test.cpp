// SPDX-License-Identifier: Apache-2.0
//
// The ports of a router on the real kernel while it runs: interfaces that come, go and change, and
// those that cannot be had.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "ports_scene.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using PortsTest = test::PortsTest;
using test::Device;
using test::Log;
using test::Stranger;
using test::veth;

TEST_F(PortsTest, APortThatIsMissingIsWaitedFor) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rchlate"};
  const Log log;
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("no interface rchlate")));
  fill(*router, 1);
  ASSERT_TRUE(router->attach());
  EXPECT_EQ(router->ports()[1].ifindex, 0);
  EXPECT_EQ(send("rch0").action, XDP_DROP) << "a backend behind a missing port is not live";

  const Device late("rchlate", veth("rchpeer"));
  ASSERT_THAT(router->set_ports({{1, interface("rchlate")}}), IsEmpty());
  fill(*router, 1);
  EXPECT_EQ(router->ports()[1].ifindex, if_nametoindex("rchlate"));
  EXPECT_THAT(native(*router), ElementsAre(true, true));
  EXPECT_EQ(send("rch0").action, XDP_REDIRECT);
  EXPECT_EQ(send("rchlate").action, XDP_TX);
}

TEST_F(PortsTest, APortGoesAndComesBackAsAnother) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rchback"};
  options_.backend_ports = {"rchback"};
  auto back = std::make_unique<Device>("rchback", veth("rchpeer"));
  const auto router = open();
  ASSERT_TRUE(router);
  fill(*router, 1);
  ASSERT_TRUE(router->attach());
  const Interface before = interface("rchback");
  EXPECT_THAT(backends_only(), ElementsAre(before.ifindex));

  back.reset();
  ASSERT_THAT(router->set_ports({{1, std::nullopt}}), IsEmpty());
  EXPECT_THAT(state().linked_interfaces(), ElementsAre("rch0"));
  EXPECT_THAT(backends_only(), IsEmpty());
  EXPECT_EQ(send("rch0").action, XDP_DROP) << "drop_no_port";

  back = std::make_unique<Device>("rchback", veth("rchpeer"));
  const Interface after = interface("rchback");
  ASSERT_NE(after.ifindex, before.ifindex);
  ASSERT_THAT(router->set_ports({{1, after}}), IsEmpty());
  fill(*router, 1);
  EXPECT_THAT(backends_only(), ElementsAre(after.ifindex));
  EXPECT_EQ(link_info("rchback").xdp.ifindex, after.ifindex);
  const auto sent = send("rch0");
  EXPECT_EQ(sent.action, XDP_REDIRECT);
  EXPECT_TRUE(std::ranges::equal(after.mac.octets(), std::span(sent.packet).subspan(6, 6)));
}

TEST_F(PortsTest, APortThatComesAndRefusesMakesAllGeneric) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rchbr0"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_THAT(native(*router), ElementsAre(true, false));
  const Device bridge("rchbr0", "type bridge");
  const Log log;
  ASSERT_THAT(router->set_ports({{1, interface("rchbr0")}}), IsEmpty());
  EXPECT_THAT(native(*router), ElementsAre(false, false));
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("no native XDP on rchbr0")));
  EXPECT_EQ(link_info("rch0").prog_id, link_info("rchbr0").prog_id);
}

TEST_F(PortsTest, TwoPortsThatAreReplacedAtOnce) {
  const Device one("rch0", veth("rch1"));
  auto pair = std::make_unique<Device>("rcha", veth("rchb"));
  options_.ports = {"rch0", "rcha", "rchb"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const uint32_t link = link_info("rch0").id;
  pair.reset();
  pair = std::make_unique<Device>("rcha", veth("rchb"));
  ASSERT_THAT(router->set_ports({{1, interface("rcha")}, {2, interface("rchb")}}), IsEmpty());
  EXPECT_THAT(native(*router), ElementsAre(true, true, true));
  EXPECT_EQ(link_info("rcha").xdp.ifindex, if_nametoindex("rcha"));
  EXPECT_EQ(link_info("rchb").xdp.ifindex, if_nametoindex("rchb"));
  EXPECT_EQ(link_info("rch0").id, link);
}

TEST_F(PortsTest, APortThatIsGoneUntoldHindersNoOther) {
  const Device one("rch0", veth("rch1"));
  auto pair = std::make_unique<Device>("rcha", veth("rchb"));
  options_.ports = {"rch0", "rcha", "rchlate"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const Log log;
  pair.reset();
  const Device late("rchlate", veth("rchpeer"));
  ASSERT_THAT(router->set_ports({{2, interface("rchlate")}}), IsEmpty());
  EXPECT_THAT(native(*router), ElementsAre(true, false, true));
  EXPECT_EQ(router->ports()[1].ifindex, 0);
  EXPECT_THAT(log.warnings(), IsEmpty()) << "nothing about generic XDP";
}

TEST_F(PortsTest, AnInterfaceThatIsGoneBeforeItIsSetIsNotThere) {
  auto pair = std::make_unique<Device>("rcha", veth("rchb"));
  const Interface gone = interface("rcha");
  options_.ports = {"lo", "rcha"};
  pair.reset();
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_THAT(router->set_ports({{1, gone}}), IsEmpty());
  EXPECT_EQ(router->ports()[1].ifindex, 0);
}

TEST_F(PortsTest, AnInterfaceThatGoesDuringTheStartIsWaitedFor) {
  const Device one("rch0", veth("rch1"));
  auto pair = std::make_unique<Device>("rcha", veth("rchb"));
  options_.ports = {"rch0", "rcha"};
  const auto router = open();
  ASSERT_TRUE(router);
  pair.reset();
  const auto attached = router->attach();
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_THAT(native(*router), ElementsAre(true, false));
  EXPECT_EQ(router->ports()[1].ifindex, 0);
}

TEST_F(PortsTest, APortThatIsTakenKeepsNoOtherFromComing) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rcha", "rchb"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const Device pair("rcha", veth("rchb"));
  auto stranger = std::make_unique<Stranger>(options_, "rchb");

  const auto failures = router->set_ports({{1, interface("rcha")}, {2, interface("rchb")}});
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_THAT(failures.at(2).message, HasSubstr("rchb has an XDP program already"));
  EXPECT_THAT(native(*router), ElementsAre(true, true, false));
  EXPECT_EQ(router->ports()[2].ifindex, 0);

  stranger.reset();
  ASSERT_THAT(router->set_ports({{2, interface("rchb")}}), IsEmpty());
  EXPECT_THAT(native(*router), ElementsAre(true, true, true));
}

TEST_F(PortsTest, APortThatFailsKeepsNoOtherFromComing) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rcha", "rchb"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const uint32_t link = link_info("rch0").id;
  const Device pair("rcha", veth("rchb"));
  const fs::path in_the_way = state().link_pin("rchb");
  fs::create_directories(in_the_way / "occupied");

  const auto failures = router->set_ports({{1, interface("rcha")}, {2, interface("rchb")}});
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_THAT(failures.at(2).message, HasSubstr("rchb"));
  EXPECT_THAT(native(*router), ElementsAre(true, true, false));
  EXPECT_EQ(router->ports()[2].ifindex, 0);
  EXPECT_EQ(link_info("rch0").id, link);

  fs::remove_all(in_the_way);
  ASSERT_THAT(router->set_ports({{2, interface("rchb")}}), IsEmpty());
  EXPECT_THAT(native(*router), ElementsAre(true, true, true));
}

TEST_F(PortsTest, WithoutFileDescriptorsAPortThatRunsStays) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rchlate"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  const uint32_t link = link_info("rch0").id;
  const Device late("rchlate", veth("rchpeer"));
  const PortInterfaces ports{{0, interface("rch0")}, {1, interface("rchlate")}};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const auto next_fd = static_cast<rlim_t>(Fd(::dup(STDIN_FILENO)).get());
  PortFailures failures;
  rlim_t left = 0;
  do {
    const rlimit few{.rlim_cur = next_fd + left, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    failures = router->set_ports(ports);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_FALSE(failures.contains(0)) << left;
    EXPECT_EQ(router->ports()[0].ifindex, ports.at(0)->ifindex) << left;
    EXPECT_EQ(link_info("rch0").id, link) << left;
    ++left;
  } while (!failures.empty());
  EXPECT_GT(left, 1) << "it fails first";
  EXPECT_THAT(native(*router), ElementsAre(true, true));
}

TEST_F(PortsTest, AnIndexThatIsNoPortsIsRefused) {
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_THAT(router->set_ports({{1, std::nullopt}}).at(1).message, HasSubstr("no port 1"));
}

}  // namespace
}  // namespace ricochet
