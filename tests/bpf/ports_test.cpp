// SPDX-License-Identifier: Apache-2.0
//
// The ports of a router on the real kernel when it starts: native or generic for all, and which
// starts are refused.
#include <gmock/gmock.h>

#include <filesystem>

#include "ports_scene.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using PortsTest = test::PortsTest;
using test::Device;
using test::Log;
using test::run;
using test::Stranger;
using test::veth;

TEST_F(PortsTest, NativeWhereAllDriversHaveIt) {
  const Device one("rch0", veth("rch1"));
  const Log log;
  options_.ports = {"rch0", "rch1"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_THAT(native(*router), ElementsAre(true, true));
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST_F(PortsTest, OnePortThatRefusesMakesAllGeneric) {
  const Device one("rch0", veth("rch1"));
  const Device bridge("rchbr0", "type bridge");
  const Log log;
  options_.ports = {"rch0", "rchbr0", "rch1"};
  {
    const auto router = open_and_attach();
    ASSERT_TRUE(router);
    EXPECT_THAT(native(*router), ElementsAre(false, false, false));
    EXPECT_THAT(log.warnings(),
                ElementsAre(AllOf(HasSubstr("no native XDP on rchbr0 ("), HasSubstr("generic"))));
  }
  const uint32_t link = link_info("rch0").id;
  ASSERT_TRUE(open_and_attach());
  EXPECT_EQ(link_info("rch0").id, link) << "a restart must not make a gap";
  EXPECT_THAT(log.warnings(), SizeIs(2));
}

TEST_F(PortsTest, NativeLinksOfAnEarlierStartBecomeGeneric) {
  const Device one("rch0", veth("rch1"));
  const Device bridge("rchbr0", "type bridge");
  options_.ports = {"rch0", "rch1"};
  { ASSERT_TRUE(open_and_attach()); }
  const uint32_t link = link_info("rch0").id;
  options_.ports = {"rch0", "rchbr0", "rch1"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_THAT(native(*router), ElementsAre(false, false, false));
  EXPECT_NE(link_info("rch0").id, link);
}

TEST_F(PortsTest, AFailedStartLeavesTheLinksAsTheyWere) {
  const Device one("rch0", veth("rch1"));
  const Device other("rch2", veth("rch3"));
  options_.ports = {"rch0"};
  { ASSERT_TRUE(open_and_attach()); }
  const bpf_link_info link = link_info("rch0");
  options_.ports = {"rch0", "rch2", "rch3"};
  const auto router = open();
  ASSERT_TRUE(router);
  const Stranger stranger(options_, "rch3");

  EXPECT_THAT(router->attach().error().message, HasSubstr("rch3 has an XDP program already"));
  EXPECT_EQ(link_info("rch0").id, link.id);
  EXPECT_EQ(link_info("rch0").prog_id, link.prog_id);
  EXPECT_THAT(state().linked_interfaces(), ElementsAre("rch0"));
}

TEST_F(PortsTest, NoPortNeedsToBeThere) {
  options_.ports = {"rchlate"};
  ASSERT_TRUE(open_and_attach());
  EXPECT_THAT(state().linked_interfaces(), IsEmpty());
  EXPECT_NE(map_id("services"), 0);
}

TEST_F(PortsTest, ARenamedPortKeepsItsIndexAndItsLink) {
  const Device peer("rch1", veth("rch0"));
  options_.ports = {"rch0"};
  { ASSERT_TRUE(open_and_attach()); }
  const bpf_link_info link = link_info("rch0");
  run("ip link set rch0 down name rchnew && ip link set rchnew up");
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_EQ(router->ports()[0].name, "rch0");
  EXPECT_EQ(router->ports()[0].ifindex, link.xdp.ifindex);
  EXPECT_EQ(link_info("rch0").id, link.id);
  ASSERT_THAT(router->set_ports({{0, interface("rchnew")}}), IsEmpty());
  EXPECT_EQ(link_info("rch0").id, link.id);
}

TEST_F(PortsTest, APinnedLinkThatCannotBeReadIsNotTakenForNone) {
  const Device one("rch0", veth("rch1"));
  const auto made = StateDir::create(options_.state_dir);
  ASSERT_TRUE(made);
  for (const std::string port : {"rch0", "rchrenamed"}) {
    options_.ports = {port};
    const fs::path pin = made->link_pin(port);
    fs::create_directories(pin / "occupied");
    const auto router = RouterDataplane::open(options_);
    EXPECT_FALSE(router);
    if (!router) {
      EXPECT_THAT(router.error().message, HasSubstr("cannot open the XDP link pinned at"));
    }
    fs::remove_all(pin);
  }
}

TEST_F(PortsTest, AProgramOnTheBridgeOfAPortIsNamedAsTheCause) {
  const Device one("rch0", veth("rch1"));
  const Device bridge("rchbr0", "type bridge");
  const Stranger stranger(options_, "rchbr0");
  run("ip link set rch0 master rchbr0");
  options_.ports = {"rch0"};
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_THAT(router->attach().error().message, HasSubstr("a device on top of rch0"));
}

TEST_F(PortsTest, ARestartWithOtherPortsLeavesTheRunningProgramItsWayOut) {
  const Device one("rch0", veth("rch1"));
  const Device other("rch2", veth("rch3"));
  options_.ports = {"rch0", "rch2"};
  {
    const auto router = open_and_attach();
    ASSERT_TRUE(router);
    fill(*router, 1);
  }
  ASSERT_EQ(send("rch0").action, XDP_REDIRECT);
  options_.ports = {"rchlate", "rch0", "rch2"};
  const auto router = open();
  ASSERT_TRUE(router);
  fill(*router, 2);
  EXPECT_EQ(send("rch0").action, XDP_REDIRECT) << "before the new program is attached";
  ASSERT_TRUE(router->attach());
  EXPECT_EQ(send("rch0").action, XDP_REDIRECT);
}

TEST_F(PortsTest, ARefusedStartLeavesWhatTheRunningProgramReads) {
  const Device one("rch0", veth("rch1"));
  const Device other("rch2", veth("rch3"));
  options_.ports = {"rch0", "rch1"};
  options_.backend_ports = {"rch0"};
  { ASSERT_TRUE(open_and_attach()); }
  auto stranger = std::make_unique<Stranger>(options_, "rch2");

  options_.ports = {"rch0", "rch1", "rch2"};
  options_.backend_ports = {"rch1"};
  ASSERT_FALSE(RouterDataplane::open(options_));
  EXPECT_THAT(backends_only(), ElementsAre(if_nametoindex("rch0")));

  stranger.reset();
  const auto router = open();
  ASSERT_TRUE(router);
  stranger = std::make_unique<Stranger>(options_, "rch2");
  ASSERT_FALSE(router->attach());
  EXPECT_THAT(backends_only(), ElementsAre(if_nametoindex("rch0")));

  stranger.reset();
  ASSERT_TRUE(router->attach());
  EXPECT_THAT(backends_only(), ElementsAre(if_nametoindex("rch1")));
}

}  // namespace
}  // namespace ricochet
