// SPDX-License-Identifier: Apache-2.0
#include "api/listing_text.h"

#include <fmt/format.h>

#include <iterator>

namespace ricochet {
namespace {

using Output = std::back_insert_iterator<std::string>;

constexpr TableName kTables[] = {TableName::ipv4_lpm, TableName::cur_nh, TableName::prv_nh,
                                 TableName::neigh};

std::string_view name_of(TableName table) {
  switch (table) {
    case TableName::ipv4_lpm:
      return "SwitchIngress.ecmper.ipv4_lpm";
    case TableName::cur_nh:
      return "SwitchIngress.ecmper.cur_nh";
    case TableName::prv_nh:
      return "SwitchIngress.ecmper.prv_nh";
    case TableName::neigh:
      return "SwitchIngress.ecmper.neigh";
  }
  return {};
}

void write_lpm(Output out, const std::vector<LpmRow>& rows) {
  size_t number = 0;
  for (const LpmRow& row : rows) {
    fmt::format_to(out, "{} | match: dstAddr: {}", ++number, row.service.prefix.to_string());
    if (row.service.port != 0) {
      fmt::format_to(out, " port: {}", row.service.port);
      if (row.service.last_port != 0) fmt::format_to(out, "-{}", row.service.last_port);
      fmt::format_to(out, " protocol: {}", to_string(row.service.protocol));
    }
    fmt::format_to(out,
                   " | action: set_nh_index( cur_nh_offset: {} cur_nh_count: {} prv_nh_offset: {} "
                   "prv_nh_count: {} )\n",
                   row.current.offset, row.current.count, row.previous.offset, row.previous.count);
  }
}

void write_nexthops(Output out, const NexthopTable& table) {
  for (size_t index = 0; index < table.size(); ++index) {
    fmt::format_to(out, "{} | match: nh_index: {} | action: ", index + 1, index);
    if (table[index]) {
      fmt::format_to(out, "set_nexthop( nexthop: {} )\n", table[index]->to_string());
    } else {
      fmt::format_to(out, "drop( )\n");
    }
  }
}

void write_neighbours(Output out, const std::vector<NeighbourRow>& neighbours) {
  size_t number = 0;
  for (const NeighbourRow& neighbour : neighbours) {
    fmt::format_to(out, "{} | match: nh_addr: {} | action: set_output( dstMac: {} port: {} )\n",
                   ++number, neighbour.address.to_string(), neighbour.mac.to_string(),
                   neighbour.port);
  }
}

void write_rows(Output out, const Listing& listing, TableName table) {
  switch (table) {
    case TableName::ipv4_lpm:
      return write_lpm(out, listing.ipv4_lpm);
    case TableName::cur_nh:
      return write_nexthops(out, listing.cur_nh);
    case TableName::prv_nh:
      return write_nexthops(out, listing.prv_nh);
    case TableName::neigh:
      return write_neighbours(out, listing.neigh);
  }
}

void write_route(Output out, const Route& route, std::string_view remark) {
  fmt::format_to(out, "{}", to_string(route));
  if (route.weight != 1) fmt::format_to(out, " weight {}", route.weight);
  fmt::format_to(out, "{}\n", remark);
}

}  // namespace

std::string to_text(const Listing& listing) {
  std::string text;
  const Output out(text);
  for (const TableName table : kTables) {
    const std::string_view name = name_of(table);
    const std::string line(name.size() + 8, '-');
    fmt::format_to(out, "{}\n Table {}\n{}\n", line, name, line);
    write_rows(out, listing, table);
  }
  return text;
}

std::string to_text(const Listing& listing, TableName only) {
  std::string text = fmt::format("| Table {}\n", name_of(only));
  write_rows(Output(text), listing, only);
  return text;
}

std::string routes_to_text(const View& view) {
  std::string text;
  const Output out(text);
  for (const Route& route : installed_routes(view)) write_route(out, route, "");
  for (const Route& route : view.queue.additions()) {
    write_route(out, route, " (added by the next install)");
  }
  for (const Route& route : view.queue.removals()) {
    write_route(out, route, " (deleted by the next install)");
  }
  return text;
}

}  // namespace ricochet
