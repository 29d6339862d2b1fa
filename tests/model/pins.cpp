// SPDX-License-Identifier: Apache-2.0
#include "pins.h"

#include <algorithm>

#include "owners.h"

namespace ricochet::reference {
namespace {

constexpr uint64_t kLowBits = uint64_t{1} << 20;

using Place = std::optional<Pin>;

bool is_of(const Place& place, uint64_t flow_hash) {
  return place && (place->hash ^ flow_hash) <= kLowBits - 1;
}

// All of the set, beginning where the flow's hash says.
std::array<Place*, std::tuple_size_v<PinSet>> places_in_turn(PinSet& set, uint64_t flow_hash) {
  std::array<Place*, std::tuple_size_v<PinSet>> places;
  std::ranges::transform(set, places.begin(), [](Place& place) { return &place; });
  std::ranges::rotate(places, places.begin() + (flow_hash >> 32) % places.size());
  return places;
}

}  // namespace

// The low bits of the hash as a fraction of all sets.
size_t pin_set_index(uint64_t flow_hash, size_t sets) {
  return flow_hash % kLowBits * sets / kLowBits;
}

Slot recall(const RouterTables& tables, PinSet& set, uint64_t flow_hash) {
  const auto found =
      std::ranges::find_if(set, [&](const Place& it) { return is_of(it, flow_hash); });
  if (found == set.end()) return kNobody;
  const Backend* backend = live_backend(tables, (*found)->backend);
  if (!backend || backend->epoch != (*found)->epoch) return kNobody;
  (*found)->age = 0;
  return (*found)->backend;
}

// In the place of the flow's earlier one, else in a free place, else in that of the oldest.
bool put_pin(PinSet& set, const Pin& pin) {
  const auto places = places_in_turn(set, pin.hash);
  auto place = std::ranges::find_if(places, [&](const Place* it) { return is_of(*it, pin.hash); });
  if (place == places.end())
    place = std::ranges::find_if(places, [](const Place* it) { return !it->has_value(); });
  const bool is_full = place == places.end();
  if (is_full)
    place = std::ranges::max_element(places, {}, [](const Place* it) { return (*it)->age; });
  **place = pin;
  return is_full;
}

void remove_pins(PinSet& set, uint64_t flow_hash) {
  for (Place& place : set)
    if (is_of(place, flow_hash)) place.reset();
}

}  // namespace ricochet::reference
