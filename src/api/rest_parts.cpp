// SPDX-License-Identifier: Apache-2.0
#include "api/rest_parts.h"

namespace ricochet {

NamedPart whole_of(const RestCall&) {
  return whole_part();
}

NamedPart pool_of(const RestCall& call) {
  return pool_part(call["pool"]);
}

NamedPart backend_of(const RestCall& call) {
  auto address = parse_backend_name(call["backend"]);
  if (!address) return address.error();
  return backend_part(call["pool"], *address);
}

NamedPart service_of(const RestCall& call) {
  auto key = parse_service_key(call["service"]);
  if (!key) return key.error();
  return service_part(*key);
}

NamedPart neighbour_of(const RestCall& call) {
  auto address = Address::parse(call["address"]);
  if (!address) return address.error();
  return neighbour_part(*address);
}

Reply show_part(const RestCall& call, const NamedPart& part) {
  if (!part) return bad_request(part.error());
  const View view = call.controller.view();
  const Configuration& configuration = view.state->configuration;
  if (!(*part)->is_in(configuration)) return not_there((*part)->name());
  return Shown{(*part)->encode(configuration), view.state->generation};
}

Problem not_there(const std::string& name) {
  return {.status = kNotFound, .detail = fmt::format("there is no {}", name)};
}

Json to_json(const ChangeCost& cost) {
  return {{"buckets_moved", cost.buckets_moved}, {"owners_evicted", cost.history_evicted_live}};
}

}  // namespace ricochet
