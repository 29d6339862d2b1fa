// SPDX-License-Identifier: Apache-2.0
//
// What the operator wants: services that name pools, pools of backends, static neighbours. Values
// only, no I/O; src/control owns the one that is in force.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/choices.h"
#include "model/quic_id.h"
#include "model/service_key.h"
#include "net/address.h"
#include "net/mac.h"

namespace ricochet {

// A server of a pool. No address means `connected`: the packet's own destination.
struct Backend {
  std::optional<Address> address;
  uint32_t weight = 1;  // 1..kWeightMax
  BackendState state = BackendState::active;
  AgentUse agent = AgentUse::required;
  // How connection IDs of QUIC name it; in a pool all have the same length and are distinct.
  std::optional<QuicId> quic_id = std::nullopt;

  bool operator==(const Backend&) const = default;
};

// How the table of a pool is built.
struct TableOptions {
  Placement placement = Placement::maglev;
  uint32_t buckets = 65536;  // a power of two; of a maglev pool, modulo tables follow the paper
  HistoryPolicy history = HistoryPolicy::distinct;
  uint32_t history_depth = 4;  // owners of a bucket with `distinct`, the current one included: 2..4
  MarkMode mark = MarkMode::dscp;

  bool operator==(const TableOptions&) const = default;
};

struct Pool {
  TableOptions table;
  std::vector<Backend> backends;  // in the order they were added; an address occurs once

  bool operator==(const Pool&) const = default;
};

// How a service spreads its packets over its pool.
struct ServiceOptions {
  Affinity affinity = Affinity::flow;
  bool keep_flows = false;  // a flow of UDP stays with the server where it began
  bool quic = false;        // of UDP: a connection ID of QUIC names the server

  bool operator==(const ServiceOptions&) const = default;
};

// What a service does with its packets.
struct Service {
  std::string pool;
  ServiceOptions options = {};

  bool operator==(const Service&) const = default;
};

// Where a next hop is.
struct Neighbour {
  std::string interface;  // one of the router's ports
  MacAddress mac;

  auto operator<=>(const Neighbour&) const = default;
};

using Pools = std::map<std::string, Pool>;
using Services = std::map<ServiceKey, Service>;
using Neighbours = std::map<Address, Neighbour>;

struct Configuration {
  Pools pools;
  Services services;
  Neighbours neighbours;  // static ones: they count instead of what the kernel says

  bool operator==(const Configuration&) const = default;
};

// "10.0.0.1", "2001:db8::1", "connected".
std::string name_of(const std::optional<Address>& backend_address);

// nullptr if the pool has none with this address.
Backend* find_backend(Pool& pool, const std::optional<Address>& address);
const Backend* find_backend(const Pool& pool, const std::optional<Address>& address);

// What is wrong, and with which part of it.
struct Invalid {
  std::vector<std::string> where;  // keys of the configuration file: {"pools", "web", "buckets"}
  std::string message;
};

// The first thing that is wrong with the whole, if anything: names, ranges, a service without its
// pool, ports of two services that overlap, limits of model/limits.h.
std::optional<Invalid> find_invalid(const Configuration& configuration);

// The same as one sentence for people.
Result<void> validate(const Configuration& configuration);

}  // namespace ricochet
