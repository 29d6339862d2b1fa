// SPDX-License-Identifier: Apache-2.0
//
// What the operator wants: services that name pools, pools of backends, neighbours. Values only,
// no I/O; src/control owns the one mutable instance.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/ipv4.h"
#include "net/mac.h"

namespace ricochet {

// IANA protocol numbers; any goes with port 0.
enum class Protocol : uint8_t { any = 0, tcp = 6, udp = 17 };

// Which owner a bucket gets (DESIGN: placement). modulo is x mod n, the paper's and plain ECMP.
enum class Placement { modulo, maglev };

// What a bucket remembers: nothing, the one previous table (the ECMP-ER paper), or the
// previous distinct owners.
enum class HistoryPolicy { none, two_tables, distinct };

// How the attempt is written in a packet: DSCP code points, or the paper's ToS 0x01.
enum class MarkMode { dscp, ecmp_er };

// What clients connect to. port 0 with Protocol::any: every port. A prefix shorter than /32 goes
// with port 0 only.
struct ServiceKey {
  Ipv4Prefix prefix;
  uint16_t port = 0;
  Protocol protocol = Protocol::any;

  auto operator<=>(const ServiceKey&) const = default;
};

// A server of a pool. No address means `connected`: the packet's own destination.
struct Backend {
  std::optional<Ipv4Address> address;
  uint32_t weight = 1;  // 1..kMaxWeight

  auto operator<=>(const Backend&) const = default;
};

struct Pool {
  std::vector<Backend> backends;  // in the order they were added; an address occurs once

  bool operator==(const Pool&) const = default;
};

// Where a next hop is. port is an index into the router's --ports.
struct Neighbour {
  uint16_t port = 0;
  MacAddress mac;

  bool operator==(const Neighbour&) const = default;
};

// Each service has a pool of its own for now; pools that services share come with names.
using Services = std::map<ServiceKey, Pool>;
using Neighbours = std::map<Ipv4Address, Neighbour>;

// How every pool of a router is built; fixed for the life of its state directory, because
// changing it would move every connection.
struct Settings {
  Placement placement = Placement::maglev;
  HistoryPolicy history = HistoryPolicy::distinct;
  MarkMode mark = MarkMode::dscp;
  uint64_t seed = 0;
  uint32_t buckets = 65536;  // of a maglev pool; a power of two. modulo pools follow the paper

  bool operator==(const Settings&) const = default;
};

inline constexpr uint32_t kMaxWeight = 256;

// Names as users write them ("maglev", "two-tables", "ecmp-er", "tcp"); parse is the inverse.
std::string to_string(Placement value);
std::string to_string(HistoryPolicy value);
std::string to_string(MarkMode value);
std::string to_string(Protocol value);
Result<Placement> parse_placement(std::string_view text);
Result<HistoryPolicy> parse_history(std::string_view text);
Result<MarkMode> parse_mark(std::string_view text);
Result<Protocol> parse_protocol(std::string_view text);
// "10.0.10.0/32", "10.0.10.0/32 tcp port 80".
std::string to_string(const ServiceKey& key);

// What is wrong with it, if anything: port without protocol, port on a prefix, weight out of
// range, an address twice, limits of abi/ricochet.h.
Result<void> validate(const Services& services);
Result<void> validate(const Settings& settings);

}  // namespace ricochet
