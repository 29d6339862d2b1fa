// SPDX-License-Identifier: Apache-2.0
#include "dataplane/service_table.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "dataplane/encode.h"

namespace ricochet {
namespace {

// The entry that says that the address has services by port: rch_service_address_key, decoded.
ServiceKey address_key(Address address) {
  return {.prefix = Prefix(address), .port = 0xffff, .protocol = Protocol::any};
}

}  // namespace

ServiceTable::ServiceTable(WordTable table, Map6 map6) : table_(std::move(table)), map6_(map6) {
  for (const ServiceKey& key : services()) {
    if (key.port != 0) of_address_[key.prefix.address()].insert(key);
  }
  for (const ServiceKey& key : entries()) {  // of a daemon that was killed in between
    if (is_address_key(key) && !of_address_.contains(key.prefix.address())) erase(key);
  }
  // An earlier version did without. Where the table is too full now, fragments pass.
  for (const auto& [address, keys] : of_address_) static_cast<void>(write(address_key(address), 0));
}

// The address first: a fragment to a service by port is never taken for one to nobody.
Result<void> ServiceTable::set(const ServiceKey& key, rch_service service) {
  const Address address = key.prefix.address();
  if (key.port != 0 && !of_address_.contains(address)) {
    if (auto set = write(address_key(address), 0); !set) return set;
  }
  auto set = write(key, service);
  if (set && key.port != 0) of_address_[address].insert(key);
  if (!set && !of_address_.contains(address)) erase(address_key(address));
  return set;
}

void ServiceTable::remove(const ServiceKey& key) {
  erase(key);
  const auto found = of_address_.find(key.prefix.address());
  if (found == of_address_.end()) return;
  found->second.erase(key);
  if (!found->second.empty()) return;
  erase(address_key(found->first));
  of_address_.erase(found);
}

std::set<ServiceKey> ServiceTable::services() const {
  std::set<ServiceKey> keys = entries();
  std::erase_if(keys, is_address_key);
  return keys;
}

std::set<ServiceKey> ServiceTable::entries() const {
  std::set<ServiceKey> keys;
  for (const auto& [key, unused] : table_.entries()) keys.insert(decode_service(key));
  for (const auto& [key, unused] : map6_.entries()) keys.insert(decode_service6(key));
  return keys;
}

Result<void> ServiceTable::write(const ServiceKey& key, rch_service service) {
  if (key.prefix.address().is_ipv4()) return table_.set(encode_service(key), service);
  return map6_.set(encode_service6(key), service);
}

void ServiceTable::erase(const ServiceKey& key) {
  if (key.prefix.address().is_ipv4()) {
    table_.remove(encode_service(key));
  } else if (auto removed = map6_.remove(encode_service6(key)); !removed) {
    spdlog::error("service {}: {}", to_string(key), removed.error().message);
  }
}

}  // namespace ricochet
