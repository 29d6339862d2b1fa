// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ricochet::reference {

// Null if the key is not there.
template <class Map>
const typename Map::mapped_type* find(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace ricochet::reference
