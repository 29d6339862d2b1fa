// SPDX-License-Identifier: Apache-2.0
//
// A log as a restless operator on a bad network would write it: everything that a generation can
// hold happens.
#pragma once

#include <random>

#include "states.h"

namespace ricochet {

class RandomLog {
 public:
  explicit RandomLog(uint32_t seed) : random_(seed) {}

  // One that can follow `state`.
  Generation next(const RouterState& state) {
    Configuration configuration = state.configuration;
    for (uint32_t changes = below(3); changes > 0; --changes) {
      Configuration changed = configuration;
      change(changed);
      if (!find_invalid(changed)) configuration = std::move(changed);
    }
    Generation generation = next_generation(state, configuration);
    generation.time_ms = 1'700'000'000'000 + below(1'000'000);
    if (below(4) == 0) {
      generation.unreachable.clear();
      for (uint32_t count = below(4); count > 0; --count) {
        generation.unreachable.insert(server(1 + below(kServers)));
      }
    }
    generation.shifts = below(5) == 0;
    generation.clears_history = below(30) == 0;
    generation.cost = fold_or_throw(state, generation).cost;
    return generation;
  }

 private:
  static constexpr uint32_t kServers = 12;  // enough for a bucket to overflow

  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

  void change(Configuration& configuration) {
    const std::string name = fmt::format("pool-{}", below(4));
    if (below(12) == 0) {
      configuration.pools.erase(name);
      std::erase_if(configuration.services,
                    [&](const auto& entry) { return entry.second.pool == name; });
      return;
    }
    const auto [entry, is_new] = configuration.pools.try_emplace(name);
    Pool& pool = entry->second;
    if (is_new) pool.table = random_table();
    switch (below(8)) {
      case 0:
        pool.table = random_table();
        break;
      case 1:
        configuration.services[service(fmt::format("10.1.0.{}:80/udp", below(4)).c_str())] = {
            .pool = name,
            .options = {.affinity = Affinity(below(4)),
                        .keep_flows = below(2) == 0,
                        .quic = below(2) == 0}};
        break;
      case 2:
        configuration.neighbours[server(below(kServers))] = {
            .interface = "uplink", .mac = MacAddress({2, 0, 0, 0, 0, uint8_t(below(256))})};
        break;
      default:
        change_member(pool);
    }
  }

  TableOptions random_table() {
    return {.placement = below(2) ? Placement::maglev : Placement::modulo,
            .buckets = 16u << below(3),
            .history = HistoryPolicy(below(3)),
            .history_depth = 2 + below(3)};
  }

  void change_member(Pool& pool) {
    const Address address = server(1 + below(kServers));
    const auto is_this = [&](const Backend& backend) { return backend.address == address; };
    if (Backend* backend = find_backend(pool, address); backend && below(2)) {
      backend->state = BackendState(below(3));
      backend->weight = 1 + below(3);
      backend->quic_id.reset();
      if (below(2) == 0) backend->quic_id = *QuicId::parse(fmt::format("{:02x}", below(256)));
    } else if (backend) {
      std::erase_if(pool.backends, is_this);
    } else {
      pool.backends.push_back({.address = address});
    }
  }

  std::mt19937 random_;
};

}  // namespace ricochet
