// SPDX-License-Identifier: Apache-2.0
#include "api/listing_json.h"

#include <nlohmann/json.hpp>

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

// The fields that name a service by port or ports; null when it is every port.
void add_port(Json& row, const ServiceKey& service) {
  const bool every_port = service.port == 0;
  row["port"] = every_port ? Json(nullptr) : Json(service.port);
  if (service.last_port != 0) row["last_port"] = service.last_port;
  row["protocol"] = every_port ? Json(nullptr) : Json(to_string(service.protocol));
}

Json lpm_rows(const std::vector<LpmRow>& rows) {
  Json json = Json::array();
  for (const LpmRow& row : rows) {
    Json entry = {{"dstAddr", row.service.prefix.to_string()}};
    add_port(entry, row.service);
    entry["cur_nh_offset"] = row.current.offset;
    entry["cur_nh_count"] = row.current.count;
    entry["prv_nh_offset"] = row.previous.offset;
    entry["prv_nh_count"] = row.previous.count;
    json.push_back(std::move(entry));
  }
  return json;
}

Json nexthop_rows(const NexthopTable& table) {
  Json json = Json::array();
  for (size_t index = 0; index < table.size(); ++index) {
    Json entry = {{"nh_index", index}};
    if (table[index]) {
      entry["action"] = "set_nexthop";
      entry["nexthop"] = table[index]->to_string();
    } else {
      entry["action"] = "drop";
    }
    json.push_back(std::move(entry));
  }
  return json;
}

Json neighbour_rows(const std::vector<NeighbourRow>& neighbours) {
  Json json = Json::array();
  for (const NeighbourRow& neighbour : neighbours) {
    json.push_back({{"nh_addr", neighbour.address.to_string()},
                    {"dstMac", neighbour.mac.to_string()},
                    {"port", neighbour.port}});
  }
  return json;
}

Json route_row(const Route& route, const char* state) {
  Json row = {{"prefix", route.service.prefix.to_string()}};
  add_port(row, route.service);
  row["nexthop"] = name_of(route.nexthop);
  row["weight"] = route.weight;
  row["state"] = state;
  return row;
}

}  // namespace

std::string to_json(const Listing& listing, std::optional<TableName> only) {
  const auto wanted = [only](TableName table) { return !only || *only == table; };
  Json json = {{"generation", listing.generation}};
  if (wanted(TableName::ipv4_lpm)) json["ipv4_lpm"] = lpm_rows(listing.ipv4_lpm);
  if (wanted(TableName::cur_nh)) json["cur_nh"] = nexthop_rows(listing.cur_nh);
  if (wanted(TableName::prv_nh)) json["prv_nh"] = nexthop_rows(listing.prv_nh);
  if (wanted(TableName::neigh)) json["neigh"] = neighbour_rows(listing.neigh);
  return json.dump();
}

std::string routes_to_json(const View& view) {
  Json routes = Json::array();
  for (const Route& route : installed_routes(view)) {
    routes.push_back(route_row(route, "installed"));
  }
  for (const Route& route : view.queue.additions()) {
    routes.push_back(route_row(route, "add_queued"));
  }
  for (const Route& route : view.queue.removals()) {
    routes.push_back(route_row(route, "del_queued"));
  }
  return Json{{"generation", view.state->generation}, {"routes", std::move(routes)}}.dump();
}

}  // namespace ricochet
