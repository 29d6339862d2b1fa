// SPDX-License-Identifier: Apache-2.0
#include "simulate/fleet.h"

namespace ricochet {
namespace {

constexpr uint32_t kFirstIdentity = 10u << 24;  // as if they were 10.0.0.1 and so on

}  // namespace

void Fleet::apply(const FleetChange& change) {
  for (const Transition& transition : change.transitions) {
    states_[transition.backend] = transition.state;
  }
}

OwnerState Fleet::owner_state(BackendId id) const {
  switch (states_[id]) {
    case FleetState::dead:
      return OwnerState::dead;
    case FleetState::absent:
      return OwnerState::removed;
    case FleetState::active:
    case FleetState::draining:
      return OwnerState::member;
  }
  return OwnerState::removed;
}

std::vector<Candidate> Fleet::candidates() const {
  std::vector<Candidate> active;
  for (size_t id = 1; id < states_.size(); ++id) {
    if (states_[id] != FleetState::active) continue;
    active.push_back(
        {.id = static_cast<BackendId>(id), .identity = kFirstIdentity + static_cast<uint32_t>(id)});
  }
  return active;
}

Deaths find_deaths(const std::vector<FleetChange>& changes, size_t backends) {
  Fleet fleet(backends);
  Deaths deaths(backends + 1);
  for (const FleetChange& change : changes) {
    const Fleet before = fleet;
    fleet.apply(change);
    for (const Transition& transition : change.transitions) {
      const BackendId id = transition.backend;
      if (before.holds_connections(id) && !fleet.holds_connections(id)) {
        deaths[id].push_back(change.time_s);
      }
    }
  }
  return deaths;
}

}  // namespace ricochet
