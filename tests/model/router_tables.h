// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 4: what a router knows, in the terms of the design. What is not in a
// map is not there: a pool without buckets is empty, a backend that is not set is not live.
#pragma once

#include <map>
#include <set>

#include "abi/ricochet.h"
#include "flow_hash.h"
#include "mark.h"

namespace ricochet::reference {

using PoolIndex = uint32_t;
using Slot = uint16_t;
inline constexpr Slot kNobody = 0;

struct Service {
  Address address;
  uint16_t port = 0;  // not 0
  uint8_t protocol = 0;
  auto operator<=>(const Service&) const = default;
};

struct Prefix {
  Address address;      // the bits behind the length are 0
  uint32_t length = 0;  // of IPv4 up to 32
  auto operator<=>(const Prefix&) const = default;
};

// What becomes of a service's packets.
struct Rules {
  PoolIndex pool = 0;
  Affinity affinity = Affinity::flow;
  bool keeps_flows = false;  // UDP: a flow stays where it began
  bool reads_quic = false;   // UDP: a connection ID may say whose a packet is
  bool operator==(const Rules&) const = default;
};

// Whom a connection ID names.
struct QuicServer {
  PoolIndex pool = 0;
  uint64_t id = 0;  // the octets as one number, the first one highest
  auto operator<=>(const QuicServer&) const = default;
};

// Of a bucket: the current owner, then the previous ones, newest first.
using Owners = std::array<Slot, RCH_OWNERS>;

struct Bucket {
  Owners owners{};
  bool pinned = false;  // some flow in it may have a pin; else its pins are not looked for
  bool operator==(const Bucket&) const = default;
};

struct Pool {
  bool settling = false;  // just published
  bool history = true;    // else nobody bounces
  MarkMode mark_mode = MarkMode::dscp;
  std::vector<Bucket> buckets;  // a power of two of them
};

struct NextHop {
  Mac mac{};
  Mac source_mac{};
  uint32_t ifindex = 0;
};

struct Backend {
  bool live = false;
  bool connected = false;  // stands for the packet's own destination: its next hop is a neighbour
  NextHop next_hop;
  // Which of the backends that had the slot one after the other; below 16.
  uint8_t epoch = 0;
};

// What the first fragment of a packet tells of its flow.
struct FragmentNote {
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint8_t protocol = 0;
  bool operator==(const FragmentNote&) const = default;
};

// Which backend took a flow that had been bounced, or where one of UDP began.
struct Pin {
  Flow flow;
  uint64_t hash = 0;  // its placing hash; the upper 44 bits tell flows apart
  Slot backend = kNobody;
  uint8_t epoch = 0;  // of that backend
  uint8_t age = 0;    // sweeps since it was set or used, up to 7
  bool operator==(const Pin&) const = default;
};

// The places for the pins of some of the flows.
using PinSet = std::array<std::optional<Pin>, 8>;

struct RouterTables {
  Placing placing;
  bool answers_echo = true;
  std::map<Service, Rules> services;
  std::map<Address, Rules> services_of_any_port;
  std::map<Prefix, Rules> prefixes;
  std::map<PoolIndex, Pool> pools;
  std::map<Slot, Backend> backends;
  std::map<Address, NextHop> neighbours;
  std::set<Mac> backend_macs;                     // who may send marks
  std::set<uint32_t> backends_only;               // interfaces
  std::set<uint32_t> ports;                       // interfaces that are there
  std::map<FragmentKey, FragmentNote> fragments;  // of packets whose first fragment came
  std::vector<PinSet> pins;                       // none: no flow is pinned
  std::vector<PinSet> kept;                       // flows of UDP; none: no flow is kept
  std::map<PoolIndex, uint32_t> quic_id_bytes;    // of a server's ID, 1 to 8
  std::map<QuicServer, Slot> quic_servers;
};

}  // namespace ricochet::reference
