// SPDX-License-Identifier: Apache-2.0
#include "pins.h"

#include <algorithm>

namespace ricochet::reference {
namespace {

constexpr uint64_t kLowBits = uint64_t{1} << 20;

using Place = std::optional<Pin>;

bool is_of(const Place& place, const Flow& flow) {
  return place && place->flow == flow;
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

Pin* find_pin(PinSet& set, const Flow& flow) {
  const auto found = std::ranges::find_if(set, [&](const Place& it) { return is_of(it, flow); });
  return found == set.end() ? nullptr : &**found;
}

// In the place of the flow's earlier one, else in a free place, else in that of the oldest.
bool put_pin(PinSet& set, const Pin& pin, uint64_t flow_hash) {
  const auto places = places_in_turn(set, flow_hash);
  auto place = std::ranges::find_if(places, [&](const Place* it) { return is_of(*it, pin.flow); });
  if (place == places.end())
    place = std::ranges::find_if(places, [](const Place* it) { return !it->has_value(); });
  const bool is_full = place == places.end();
  if (is_full)
    place = std::ranges::max_element(places, {}, [](const Place* it) { return (*it)->age; });
  **place = pin;
  return is_full;
}

void remove_pins(PinSet& set, const Flow& flow) {
  for (Place& place : set)
    if (is_of(place, flow)) place.reset();
}

}  // namespace ricochet::reference
