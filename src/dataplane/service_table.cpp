// SPDX-License-Identifier: Apache-2.0
#include "dataplane/service_table.h"

#include <utility>

#include "dataplane/encode.h"

namespace ricochet {
namespace {

uint64_t address_key(const ServiceKey& key) {
  return rch_service_address_key(key.prefix.address().ipv4_network_order());
}

}  // namespace

ServiceTable::ServiceTable(WordTable table) : table_(std::move(table)) {
  for (const ServiceKey& key : services()) {
    if (key.port != 0) of_address_[address_key(key)].insert(key);
  }
  for (const auto& [key, unused] : table_.entries()) {  // of a daemon that was killed in between
    if (is_address_key(key) && !of_address_.contains(key)) table_.remove(key);
  }
  // An earlier version did without. Where the table is too full now, fragments pass.
  for (const auto& [address, keys] : of_address_) static_cast<void>(table_.set(address, 0));
}

// The address first: a fragment to a service by port is never taken for one to nobody.
Result<void> ServiceTable::set(const ServiceKey& key, uint8_t pool) {
  const uint64_t address = address_key(key);
  if (key.port != 0 && !of_address_.contains(address)) {
    if (auto set = table_.set(address, 0); !set) return set;
  }
  auto set = table_.set(encode_service(key), pool);
  if (set && key.port != 0) of_address_[address].insert(key);
  if (!set && !of_address_.contains(address)) table_.remove(address);
  return set;
}

void ServiceTable::remove(const ServiceKey& key) {
  table_.remove(encode_service(key));
  const auto found = of_address_.find(address_key(key));
  if (found == of_address_.end()) return;
  found->second.erase(key);
  if (!found->second.empty()) return;
  table_.remove(found->first);
  of_address_.erase(found);
}

std::set<ServiceKey> ServiceTable::services() const {
  std::set<ServiceKey> keys;
  for (const auto& [key, unused] : table_.entries()) {
    if (!is_address_key(key)) keys.insert(decode_service(key));
  }
  return keys;
}

}  // namespace ricochet
