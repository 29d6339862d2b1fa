// SPDX-License-Identifier: Apache-2.0
//
// The services of whole addresses, by port or for every port: of IPv4 in a word table, of IPv6 in a
// hash map. An entry beside them says which addresses have services by port, for packets that do
// not tell their port.
#pragma once

#include <map>
#include <set>

#include "dataplane/bpf_map.h"
#include "dataplane/word_table.h"
#include "model/service_key.h"

namespace ricochet {

class ServiceTable {
 public:
  using Map6 = BpfMap<rch_service6_key, rch_service>;

  // Takes over the services that both hold.
  ServiceTable(WordTable table, Map6 map6);

  // Adds or changes a service of a /32 or /128. An error if there is no room: then nothing changes.
  Result<void> set(const ServiceKey& key, rch_service service);
  // Not an error if it is not there.
  void remove(const ServiceKey& key);
  [[nodiscard]] std::set<ServiceKey> services() const;

 private:
  [[nodiscard]] std::set<ServiceKey> entries() const;
  Result<void> write(const ServiceKey& key, rch_service service);
  void erase(const ServiceKey& key);

  WordTable table_;
  Map6 map6_;
  std::map<Address, std::set<ServiceKey>> of_address_;  // those by port
};

}  // namespace ricochet
