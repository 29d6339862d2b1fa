// SPDX-License-Identifier: Apache-2.0
#include "api/listing.h"

#include <algorithm>
#include <map>
#include <span>

namespace ricochet {
namespace {

struct Counts {
  size_t current = 0;
  size_t previous = 0;
};

Counts counts_of(const PoolTable& table, HistoryPolicy history) {
  switch (history) {
    case HistoryPolicy::none:
      return {.current = table.buckets.size(), .previous = 0};
    case HistoryPolicy::two_tables:
      return {.current = table.current_count, .previous = table.previous_count};
    case HistoryPolicy::distinct:
      break;
  }
  const auto has_owner = [&table](size_t rank) {
    return std::ranges::any_of(table.buckets,
                               [rank](const Bucket& bucket) { return bucket.owner[rank] != 0; });
  };
  return {.current = has_owner(0) ? table.buckets.size() : 0,
          .previous = has_owner(1) ? table.buckets.size() : 0};
}

class Builder {
 public:
  explicit Builder(const View& view) : view_(view), state_(*view.state) {
    listing_.generation = state_.generation;
    listing_.cur_nh.emplace_back();
    listing_.prv_nh.emplace_back();
  }

  Listing run() {
    for (const auto& [key, service] : state_.configuration.services) add(key, service.pool);
    for (const auto& [address, neighbour] : state_.configuration.neighbours) {
      add(address, neighbour);
    }
    return std::move(listing_);
  }

 private:
  struct Ranges {
    NexthopRange current;
    NexthopRange previous;
  };

  void add(const ServiceKey& key, const std::string& pool) {
    auto [found, is_new] = ranges_.try_emplace(pool);
    if (is_new) found->second = append(pool);
    const Ranges& ranges = found->second;
    const bool remembered = ranges.current.count != 0 || ranges.previous.count != 0;
    if (!remembered && state_.configuration.pools.at(pool).backends.empty()) return;
    listing_.ipv4_lpm.push_back(
        {.service = key, .current = ranges.current, .previous = ranges.previous});
  }

  void add(Address address, const Neighbour& neighbour) {
    const auto port = std::ranges::find(view_.ports, neighbour.interface, &PortStatus::name);
    if (port == view_.ports.end()) return;
    const auto index = static_cast<size_t>(port - view_.ports.begin());
    listing_.neigh.push_back({.address = address, .mac = neighbour.mac, .port = index});
  }

  Ranges append(const std::string& pool) {
    const PoolTable& table = *state_.pools.at(pool).table;
    const Counts counts = counts_of(table, state_.configuration.pools.at(pool).table.history);
    const std::span<const Bucket> buckets = table.buckets;
    return {.current = append(listing_.cur_nh, buckets.first(counts.current), 0),
            .previous = append(listing_.prv_nh, buckets.first(counts.previous), 1)};
  }

  NexthopRange append(NexthopTable& table, std::span<const Bucket> buckets, size_t rank) const {
    const NexthopRange range{.offset = table.size(), .count = buckets.size()};
    for (const Bucket& bucket : buckets) table.push_back(nexthop(bucket.owner[rank]));
    return range;
  }

  [[nodiscard]] std::optional<Address> nexthop(BackendId id) const {
    if (id == 0) return std::nullopt;
    return state_.backends.at(id).value_or(Address{});
  }

  const View& view_;
  const RouterState& state_;
  std::map<std::string, Ranges> ranges_;
  Listing listing_;
};

}  // namespace

Listing make_listing(const View& view) {
  return Builder(view).run();
}

std::vector<Route> installed_routes(const View& view) {
  const Configuration& configuration = view.state->configuration;
  std::vector<Route> routes;
  for (const auto& [key, service] : configuration.services) {
    for (const Backend& backend : configuration.pools.at(service.pool).backends) {
      routes.push_back({.service = key, .nexthop = backend.address, .weight = backend.weight});
    }
  }
  return routes;
}

}  // namespace ricochet
