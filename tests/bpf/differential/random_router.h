// SPDX-License-Identifier: Apache-2.0
// Random tables of a router, and frames that find much in them.
#pragma once

#include "frame_fields.h"
#include "random.h"
#include "router_tables.h"

namespace ricochet::test {

inline constexpr uint32_t kTableBuckets = 512;

// What a router is loaded with.
struct RouterConstants {
  reference::Placing placing;
  uint32_t pin_sets = 0;
  uint32_t flow_sets = 0;
  bool answers_echo = true;
};

struct RouterFrame {
  Bytes bytes;
  uint32_t ingress_ifindex = 0;
};

class RandomRouter {
 public:
  // The interfaces that tables and frames may name; all exist.
  explicit RandomRouter(std::vector<uint32_t> ifindexes) : ifindexes_(std::move(ifindexes)) {}

  // Whatever a controller can make of a configuration, and more. Fits into kTableBuckets.
  [[nodiscard]] reference::RouterTables tables(Random& random,
                                               const RouterConstants& constants) const;
  [[nodiscard]] RouterFrame frame(Random& random, const reference::RouterTables& tables) const;

 private:
  [[nodiscard]] reference::NextHop next_hop(Random& random, const Mac& mac) const;
  void lay_backends(Random& random, reference::RouterTables& tables) const;
  void lay_neighbours(Random& random, reference::RouterTables& tables) const;

  std::vector<uint32_t> ifindexes_;
};

}  // namespace ricochet::test
