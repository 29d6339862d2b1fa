// SPDX-License-Identifier: Apache-2.0
//
// What a router holds, laid out as the four tables of the ECMP-ER paper's switch. Pure.
#pragma once

#include <optional>
#include <vector>

#include "control/controller.h"

namespace ricochet {

// A range of a next hop table.
struct NexthopRange {
  uint64_t offset = 0;  // index of its first entry
  uint64_t count = 0;
};

struct LpmRow {
  ServiceKey service;
  NexthopRange current;
  NexthopRange previous;
};

// No value: drop. 0.0.0.0 is the paper's name for `connected`.
using NexthopTable = std::vector<std::optional<Address>>;

// Where a neighbour is, the port as its index.
struct NeighbourRow {
  Address address;
  MacAddress mac;
  size_t port = 0;
};

struct Listing {
  uint64_t generation = 0;
  std::vector<LpmRow> ipv4_lpm;  // by address, then length, then port
  // Index 0 is drop; the ranges of the pools follow each other from 1, in the order in which
  // services name them first.
  NexthopTable cur_nh;
  NexthopTable prv_nh;
  std::vector<NeighbourRow> neigh;  // static ones at a port
};

// With history `two_tables` the two next hop tables are the paper's. With `distinct`, prv_nh shows
// the newest previous owner of each bucket, once any bucket has one. A service whose backends are
// all deleted has a current count of 0; it is left out when no bucket remembers them any more.
Listing make_listing(const View& view);

// What is in force, in the unit in which the paper's controller changes it: by service, then in
// the order of the pool's backends.
std::vector<Route> installed_routes(const View& view);

}  // namespace ricochet
