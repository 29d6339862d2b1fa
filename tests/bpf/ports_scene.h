// SPDX-License-Identifier: Apache-2.0
// Interfaces for the tests of a router's ports. A veth has native XDP, a bridge has none.
#pragma once

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "abi/ricochet.h"
#include "dataplane/bpf_map.h"
#include "dataplane_scene.h"
#include "xdp_run.h"

namespace ricochet::test {

inline const ServiceKey kService{.prefix = *Prefix::parse("10.0.10.0/32")};
inline const Address kBackend = *Address::parse("10.0.0.1");
inline constexpr Endpoint kClient{.address = ipv4(10, 0, 99, 1), .port = 40000};

inline void run(const std::string& command) {
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

inline std::string veth(const std::string& peer) {
  return "type veth peer name " + peer;
}

// Another router, whose program is on a port while this lives.
class Stranger {
 public:
  Stranger(RouterOptions own, const std::string& port) {
    own.ports = {port};
    own.backend_ports = {};
    own.state_dir += "-other";
    auto router = RouterDataplane::open(own);
    if (!router || !(*router)->attach()) {
      ADD_FAILURE() << "nobody is on " << port;
      return;
    }
    router_ = *std::move(router);
    state_ = *StateDir::open(own.state_dir);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() {
    router_.reset();
    EXPECT_TRUE(state_ && state_->detach() && state_->purge());
  }

 private:
  std::unique_ptr<RouterDataplane> router_;
  std::optional<StateDir> state_;
};

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

class PortsTest : public DataplaneScene {
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
    ASSERT_TRUE(router.set_service(kService, {.pool = 0, .options = {}}));
  }

  // What becomes of a packet to the service that comes in at the port.
  [[nodiscard]] XdpResult send(const std::string& port) const {
    const auto packet = Packet::tcp(kClient, {kServiceAddress, 80});
    return run_xdp(program(port).get(), packet.bytes(), if_nametoindex(port.c_str()));
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

}  // namespace ricochet::test
