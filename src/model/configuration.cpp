// SPDX-License-Identifier: Apache-2.0
#include "model/configuration.h"

#include <algorithm>

namespace ricochet {

std::string name_of(const std::optional<Address>& backend_address) {
  return backend_address ? backend_address->to_string() : "connected";
}

Backend* find_backend(Pool& pool, const std::optional<Address>& address) {
  const auto found = std::ranges::find(pool.backends, address, &Backend::address);
  return found == pool.backends.end() ? nullptr : &*found;
}

const Backend* find_backend(const Pool& pool, const std::optional<Address>& address) {
  const auto found = std::ranges::find(pool.backends, address, &Backend::address);
  return found == pool.backends.end() ? nullptr : &*found;
}

}  // namespace ricochet
