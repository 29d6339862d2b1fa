// SPDX-License-Identifier: Apache-2.0
//
// The servers of a simulation, and what happens to them.
#pragma once

#include <cstdint>
#include <vector>

#include "placement/bucket.h"

namespace ricochet {

// absent: not in the pool, and whatever connections it had are gone. draining: also for a server
// that fails its health check while its connections live on. dead: in the pool, but gone with its
// connections.
enum class FleetState : uint8_t { absent, active, draining, dead };

struct Transition {
  BackendId backend = 0;
  FleetState state = FleetState::absent;

  bool operator==(const Transition&) const = default;
};

// What happens at one moment, and makes one new table.
struct FleetChange {
  double time_s = 0;
  std::vector<Transition> transitions{};

  bool operator==(const FleetChange&) const = default;
};

class Fleet {
 public:
  // Backends 1 to `backends`, all absent.
  explicit Fleet(size_t backends) : states_(backends + 1) {}

  void apply(const FleetChange& change);

  [[nodiscard]] size_t backends() const { return states_.size() - 1; }
  [[nodiscard]] FleetState state(BackendId id) const { return states_[id]; }
  [[nodiscard]] bool holds_connections(BackendId id) const {
    return states_[id] == FleetState::active || states_[id] == FleetState::draining;
  }
  // As a pool that has these backends would answer the history.
  [[nodiscard]] OwnerState owner_state(BackendId id) const;
  // The active ones, ascending, whom placement may choose.
  [[nodiscard]] std::vector<Candidate> candidates() const;

 private:
  std::vector<FleetState> states_;  // by id; 0 is nobody and stays absent
};

// By id: when a backend lost all its connections, in order.
using Deaths = std::vector<std::vector<double>>;

Deaths find_deaths(const std::vector<FleetChange>& changes, size_t backends);

}  // namespace ricochet
