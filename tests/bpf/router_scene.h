// SPDX-License-Identifier: Apache-2.0
// The scene of the router's tests: a client's port, a servers' port, a service of each family, one
// bucket.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "loaded_router.h"
#include "private_network.h"

namespace ricochet::test {

inline constexpr Endpoint kClient{ipv4(10, 1, 0, 9), 40000};
inline constexpr Endpoint kService{kServiceAddress, 80};
inline constexpr Endpoint kClient6{ipv6(1, 9), 40000};
inline constexpr Endpoint kService6{kServiceAddress6, 80};
inline constexpr Mac kStrangerMac{0x02, 0, 0, 0, 0xc1, 0x01};
inline constexpr Mac kRouterMac{0x02, 0, 0, 0, 0xa0, 0x01};  // of the client's port
inline constexpr Mac kServersPortMac{0x02, 0, 0, 0, 0xa0, 0x02};

// One pool of one bucket, neither of index 0, so that a lost index shows.
inline constexpr rch_pool_index kPool = 7;
inline constexpr uint32_t kBucket = 24;
// No interface has it.
inline constexpr uint32_t kMissingIfindex = 1u << 30;

class RouterScene : public ::testing::Test {
 protected:
  // Skips without root. Every test gets a router of its own, so nothing is left by another.
  void SetUp() override;
  // Starts again with other options, the scene laid anew.
  void load(const RouterOptions& options);

  // Anew, with a table of so many buckets, a power of two: bucket i belongs to backend i + 1.
  void load_spread(uint16_t buckets, RouterOptions options = {});
  // Gives the scene's services, of any port, these options.
  void set_service_options(uint32_t options);

  // A live backend at the servers' port; its MAC may send marks.
  void add_backend(uint32_t slot, uint32_t flags = RCH_BACKEND_LIVE);
  static Mac backend_mac(uint32_t slot);
  static rch_nexthop nexthop_at(uint32_t ifindex, const Mac& mac);

  // From the client's port, and from the servers' port.
  Outcome send(const Packet& packet) { return router().send(packet, client_ifindex()); }
  Outcome send_back(const Packet& packet) { return router().send(packet, servers_ifindex()); }

  // Who gets the packet, which is sent; 0: nobody.
  uint32_t owner_of(const Packet& packet);
  // How many of these packets each of the backends 1 to `backends` gets; another one throws.
  std::vector<uint32_t> count_by_owner(uint32_t backends, uint32_t packets,
                                       const std::function<Packet(uint32_t)>& nth);

  // What is expected of a packet: unchanged to the kernel, unchanged and dropped, or sent on.
  static Outcome passed(const Packet& packet, const std::string& verdict);
  static Outcome dropped(const Packet& packet, const std::string& verdict);
  // `sent` is the packet as it leaves, but for what every hop changes: see hop().
  static Outcome forwarded(const Packet& sent, uint32_t slot,
                           const std::vector<std::string>& counted = {});
  // One hop to the backend: TTL and Ethernet addresses.
  static Packet hop(const Packet& packet, uint32_t slot);

  static const Wire& client_wire();
  static const Wire& servers_wire();
  static uint32_t client_ifindex() { return client_wire().ifindex(); }
  static uint32_t servers_ifindex() { return servers_wire().ifindex(); }
  LoadedRouter& router() { return *router_; }

 private:
  std::unique_ptr<LoadedRouter> router_;
};

}  // namespace ricochet::test
