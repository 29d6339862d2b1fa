// SPDX-License-Identifier: Apache-2.0
//
// What lies between two configurations. Both directions are in it, so that a log of differences
// can be read from either end.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/configuration.h"

namespace ricochet {

// No value: it is not there.
template <class Value>
struct Change {
  std::optional<Value> before;
  std::optional<Value> after;

  bool operator==(const Change&) const = default;
};

// Only what differs.
struct Difference {
  std::map<std::string, Change<Pool>> pools;
  std::map<ServiceKey, Change<Service>> services;
  std::map<Address, Change<Neighbour>> neighbours;

  [[nodiscard]] bool empty() const;
  bool operator==(const Difference&) const = default;
};

Difference difference(const Configuration& before, const Configuration& after);

// Makes `configuration`, which is as before, as after.
void apply(const Difference& difference, Configuration& configuration);

// The difference of two steps in a row.
Difference join(const Difference& first, const Difference& second);

// One line a change, for people: "+ service 10.0.10.0:80/tcp to web",
// "~ service 10.0.10.0:80/tcp: affinity flow -> source",
// "~ pool web: backend 10.0.0.1 weight 1 -> 3", "- neighbour 10.0.0.9".
std::vector<std::string> describe(const Difference& difference);

}  // namespace ricochet
