// SPDX-License-Identifier: Apache-2.0
//
// The word table of services of whole addresses: by port, or for every port. A word beside them
// says which addresses have services by port, for packets that do not tell their port.
#pragma once

#include <map>
#include <set>

#include "dataplane/word_table.h"
#include "model/service_key.h"

namespace ricochet {

class ServiceTable {
 public:
  // Takes over the services that the table holds.
  explicit ServiceTable(WordTable table);

  // Adds or changes a service of a /32. An error if the table is full: then nothing changes.
  Result<void> set(const ServiceKey& key, uint8_t pool);
  // Not an error if it is not there.
  void remove(const ServiceKey& key);
  [[nodiscard]] std::set<ServiceKey> services() const;

 private:
  WordTable table_;
  std::map<uint64_t, std::set<ServiceKey>> of_address_;  // those by port, by the address's own key
};

}  // namespace ricochet
