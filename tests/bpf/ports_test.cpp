// SPDX-License-Identifier: Apache-2.0
//
// The ports of a router on the real kernel: native or generic for all, and interfaces that come, go
// and change while it runs. A veth has native XDP, a bridge has none.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <span>
#include <sstream>
#include <tuple>

#include "abi/ricochet.h"
#include "dataplane/bpf_map.h"
#include "dataplane_scene.h"
#include "xdp_run.h"

namespace ricochet {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const ServiceKey kService{.prefix = *Ipv4Prefix::parse("10.0.10.0/32")};
const Ipv4Address kBackend = *Ipv4Address::parse("10.0.0.1");
constexpr test::Endpoint kClient{.address = test::ipv4(10, 0, 99, 1), .port = 40000};

void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// Gone with the object, if the test has not deleted it.
class Device {
 public:
  explicit Device(const std::string& name, const std::string& type) : name_(name) {
    run(fmt::format("ip link add {} {}", name, type));
    run(fmt::format("ip link set {} up", name));
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() { std::ignore = std::system(fmt::format("ip link del {} 2>&-", name_).c_str()); }

 private:
  std::string name_;
};

std::string veth(const std::string& peer) {
  return "type veth peer name " + peer;
}

// What is logged while it lives.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    auto logger = std::make_shared<spdlog::logger>("test", sink);
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(logger);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { spdlog::set_default_logger(before_); }

  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> found;
    std::istringstream lines(text_.str());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("warning")) found.push_back(line);
    }
    return found;
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

class PortsTest : public test::DataplaneScene {
 protected:
  static std::vector<bool> native(const RouterDataplane& router) {
    std::vector<bool> all;
    for (const PortStatus& port : router.ports()) all.push_back(port.native);
    return all;
  }

  // One service with a backend at this port.
  static void fill(RouterDataplane& router, uint16_t port) {
    const NextHop nexthop{.port = port, .mac = *MacAddress::parse("02:03:04:05:06:01")};
    ASSERT_TRUE(router.set_backend(1, {.address = kBackend, .nexthop = nexthop}));
    ASSERT_TRUE(router.publish(0, std::vector<Bucket>(8, Bucket{{1, 0, 0, 0}}), {}));
    ASSERT_TRUE(router.set_service(kService, 0));
  }

  // What becomes of a packet to the service that comes in at the port.
  [[nodiscard]] test::XdpResult send(const std::string& port) const {
    const auto packet = test::Packet::tcp(kClient, {test::kServiceAddress, 80});
    return test::run_xdp(program(port).get(), packet.bytes(), if_nametoindex(port.c_str()));
  }

  // Interfaces on which a stranger's mark is dropped.
  [[nodiscard]] std::vector<uint32_t> backends_only() const {
    const Fd map(bpf_obj_get(state().pin("backend_ports").c_str()));
    std::vector<uint32_t> all;
    for (const auto& [ifindex, unused] :
         BpfMap<uint32_t, uint32_t>("backend_ports", map.get()).entries()) {
      all.push_back(ifindex);
    }
    return all;
  }

  static Interface interface(const std::string& name) { return *find_interface(name); }
};

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
  RouterOptions taken = options_;
  taken.state_dir += "-other";
  taken.ports = {"rch3"};
  const auto holder = RouterDataplane::open(taken);
  ASSERT_TRUE(holder && (*holder)->attach());

  EXPECT_THAT(router->attach().error().message, HasSubstr("rch3 has an XDP program already"));
  EXPECT_EQ(link_info("rch0").id, link.id);
  EXPECT_EQ(link_info("rch0").prog_id, link.prog_id);
  EXPECT_THAT(state().linked_interfaces(), ElementsAre("rch0"));
  const auto other_state = StateDir::open(taken.state_dir);
  ASSERT_TRUE(other_state && other_state->detach() && other_state->purge());
}

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
  ASSERT_TRUE(router->set_port(1, interface("rchlate")));
  fill(*router, 1);
  EXPECT_EQ(router->ports()[1].ifindex, if_nametoindex("rchlate"));
  EXPECT_THAT(native(*router), ElementsAre(true, true));
  EXPECT_EQ(send("rch0").action, XDP_REDIRECT);
  EXPECT_EQ(send("rchlate").action, XDP_TX);
}

TEST_F(PortsTest, NoPortNeedsToBeThere) {
  options_.ports = {"rchlate"};
  ASSERT_TRUE(open_and_attach());
  EXPECT_THAT(state().linked_interfaces(), IsEmpty());
  EXPECT_NE(map_id("services"), 0);
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
  ASSERT_TRUE(router->set_port(1, std::nullopt));
  EXPECT_THAT(state().linked_interfaces(), ElementsAre("rch0"));
  EXPECT_THAT(backends_only(), IsEmpty());
  EXPECT_EQ(send("rch0").action, XDP_DROP) << "drop_no_port";

  back = std::make_unique<Device>("rchback", veth("rchpeer"));
  const Interface after = interface("rchback");
  ASSERT_NE(after.ifindex, before.ifindex);
  ASSERT_TRUE(router->set_port(1, after));
  fill(*router, 1);
  EXPECT_THAT(backends_only(), ElementsAre(after.ifindex));
  EXPECT_EQ(link_info("rchback").xdp.ifindex, after.ifindex);
  const auto sent = send("rch0");
  EXPECT_EQ(sent.action, XDP_REDIRECT);
  EXPECT_TRUE(std::ranges::equal(after.mac.octets(), std::span(sent.packet).subspan(6, 6)));
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
  ASSERT_TRUE(router->set_port(0, interface("rchnew")));
  EXPECT_EQ(link_info("rch0").id, link.id);
}

TEST_F(PortsTest, APortThatComesAndRefusesMakesAllGeneric) {
  const Device one("rch0", veth("rch1"));
  options_.ports = {"rch0", "rchbr0"};
  const auto router = open_and_attach();
  ASSERT_TRUE(router);
  EXPECT_THAT(native(*router), ElementsAre(true, false));
  const Device bridge("rchbr0", "type bridge");
  const Log log;
  ASSERT_TRUE(router->set_port(1, interface("rchbr0")));
  EXPECT_THAT(native(*router), ElementsAre(false, false));
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("no native XDP on rchbr0")));
  EXPECT_EQ(link_info("rch0").prog_id, link_info("rchbr0").prog_id);
}

TEST_F(PortsTest, ARefusedStartLeavesWhatTheRunningProgramReads) {
  const Device one("rch0", veth("rch1"));
  const Device other("rch2", veth("rch3"));
  options_.ports = {"rch0", "rch1"};
  options_.backend_ports = {"rch0"};
  { ASSERT_TRUE(open_and_attach()); }
  RouterOptions stranger = options_;
  stranger.state_dir += "-other";
  stranger.ports = {"rch2"};
  stranger.backend_ports = {};
  const auto holder = RouterDataplane::open(stranger);
  ASSERT_TRUE(holder && (*holder)->attach());

  options_.ports = {"rch0", "rch1", "rch2"};
  options_.backend_ports = {"rch1"};
  ASSERT_FALSE(RouterDataplane::open(options_));
  EXPECT_THAT(backends_only(), ElementsAre(if_nametoindex("rch0")));

  const auto other_state = StateDir::open(stranger.state_dir);
  ASSERT_TRUE(other_state && other_state->detach());
  const auto router = open();
  ASSERT_TRUE(router);
  ASSERT_TRUE((*holder)->attach());
  ASSERT_FALSE(router->attach());
  EXPECT_THAT(backends_only(), ElementsAre(if_nametoindex("rch0")));

  ASSERT_TRUE(other_state->detach() && other_state->purge());
  ASSERT_TRUE(router->attach());
  EXPECT_THAT(backends_only(), ElementsAre(if_nametoindex("rch1")));
}

TEST_F(PortsTest, AnIndexThatIsNoPortsIsRefused) {
  const auto router = open();
  ASSERT_TRUE(router);
  EXPECT_THAT(router->set_port(1, std::nullopt).error().message, HasSubstr("no port 1"));
}

}  // namespace
}  // namespace ricochet
