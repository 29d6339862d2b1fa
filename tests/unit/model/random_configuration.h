// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <string>

#include "model/configuration.h"

namespace ricochet {

// Configurations that find_invalid() has nothing against. Two of one generator share many names, so
// that what lies between them is of all kinds.
class RandomConfigurations {
 public:
  explicit RandomConfigurations(uint32_t seed) : random_(seed) {}

  Configuration next() {
    Configuration configuration;
    for (uint32_t index = 0, count = up_to(4); index < count; ++index) {
      configuration.pools.insert_or_assign(pool_name(), pool());
    }
    if (!configuration.pools.empty()) {
      for (uint32_t index = 0, count = up_to(8); index < count; ++index) {
        auto any = configuration.pools.begin();
        std::advance(any, up_to(static_cast<uint32_t>(configuration.pools.size()) - 1));
        const ServiceKey key = service_key();
        configuration.services.insert_or_assign(key, Service{any->first, options_of(key)});
      }
    }
    for (uint32_t index = 0, count = up_to(4); index < count; ++index) {
      configuration.neighbours.insert_or_assign(address(), neighbour());
    }
    return configuration;
  }

 private:
  uint32_t up_to(uint32_t last) {
    return std::uniform_int_distribution<uint32_t>(0, last)(random_);
  }
  template <class Value>
  Value one_of(std::initializer_list<Value> choices) {
    return *(choices.begin() + up_to(static_cast<uint32_t>(choices.size()) - 1));
  }

  Address address() { return Address::from_ipv4_host_order(0x0a000001 + up_to(9)); }

  // Also names that YAML would take for something else if they were not quoted.
  std::string pool_name() {
    return one_of<std::string>({"web", "no", "1", "0x1f", "null", "1.5", "_x", "a.b-c", "1e3"});
  }

  Pool pool() {
    Pool made;
    made.table = {.placement = one_of({Placement::modulo, Placement::maglev}),
                  .buckets = 1u << up_to(24),
                  .history = one_of(
                      {HistoryPolicy::none, HistoryPolicy::two_tables, HistoryPolicy::distinct}),
                  .history_depth = 2 + up_to(2),
                  .mark = one_of({MarkMode::dscp, MarkMode::ecmp_er})};
    if (up_to(3) == 0) made.table = {};
    for (uint32_t index = 0, count = up_to(6); index < count; ++index) {
      const auto where = up_to(5) == 0 ? std::optional<Address>() : std::optional(address());
      if (find_backend(made, where) != nullptr) continue;
      // Dead and without agent by the address: that is of a machine, whatever pool it is in.
      const uint32_t number = where ? where->ipv4_host_order() : 0;
      made.backends.push_back(
          {.address = where,
           .weight = one_of({1u, 1u, 2u, 256u}),
           .state = number % 5 == 0 ? BackendState::dead
                                    : one_of({BackendState::active, BackendState::draining}),
           .agent = number % 3 == 0 ? AgentUse::none : AgentUse::required,
           .quic_id = quic_id(number)});
    }
    return made;
  }

  // Of one length, and the address's own.
  std::optional<QuicId> quic_id(uint32_t number) {
    if (up_to(2) != 0) return std::nullopt;
    return *QuicId::parse(fmt::format("0a:{:02x}", number & 0xff));
  }

  ServiceOptions options_of(const ServiceKey& key) {
    const bool datagrams = key.protocol != Protocol::tcp;
    return {.affinity = one_of({Affinity::flow, Affinity::flow, Affinity::source_ports,
                                Affinity::source, Affinity::source_prefix}),
            .keep_flows = datagrams && up_to(2) == 0,
            .quic = datagrams && up_to(2) == 0};
  }

  // Ranges that never overlap: each kind of port has an address of its own.
  ServiceKey service_key() {
    const auto protocol = one_of({Protocol::tcp, Protocol::udp});
    const auto port = static_cast<uint16_t>(80 + up_to(3));
    switch (up_to(3)) {
      case 0:
        return {.prefix = *Prefix::parse("10.0.10.0"), .port = port, .protocol = protocol};
      case 1:
        return {.prefix = *Prefix::parse("10.0.11.0"),
                .port = static_cast<uint16_t>(port * 100),
                .last_port = static_cast<uint16_t>(port * 100 + 10),
                .protocol = protocol};
      case 2:
        return {.prefix = *Prefix::parse("10.0.12.0")};
      default:
        return {.prefix = *Prefix::parse(one_of({"10.1.0.0/24", "10.0.0.0/8", "0.0.0.0/0"}))};
    }
  }

  Neighbour neighbour() {
    return {one_of<std::string>({"eth1", "bond0.100", "1", "vlan-a"}),
            MacAddress(
                {0x02, 0, 0, 0, static_cast<uint8_t>(up_to(99)), static_cast<uint8_t>(up_to(9))})};
  }

  std::mt19937 random_;
};

}  // namespace ricochet
