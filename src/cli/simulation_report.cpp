// SPDX-License-Identifier: Apache-2.0
#include "cli/simulation_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/table.h"

namespace ricochet {
namespace {

using Json = nlohmann::ordered_json;

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// In per cent; a little is never rounded to nothing.
std::string percent(double share) {
  constexpr double kShown = 0.001;
  if (share == 0) return "0";
  return 100 * share < kShown ? "<0.001%" : fmt::format("{:.2g}%", 100 * share);
}

// What CSV and JSON have of a scheme, in this order.
Json figures_of(const SchemeResult& result) {
  const Tally& tally = result.tally;
  Json figures = {
      {"scheme", result.scheme},
      {"flows", tally.flows},
      {"lost_with_server", tally.lost_with_server},
      {"lost_by_balancer", tally.lost_by_balancer},
      {"lost_by_balancer_share", share(tally.lost_by_balancer, tally.flows)},
      {"packets", tally.packets},
      {"bounced_packets", tally.bounced_packets},
      {"bounced_packets_share", share(tally.bounced_packets, tally.packets)},
      {"peak_bounced_share", result.peak_bounced_share},
      {"bounces", tally.bounces},
      {"buckets_moved", result.cost.buckets_moved},
      {"owners_evicted", result.cost.history_evicted_live},
      {"peak_load", result.peak_load},
      {"idle_backends", result.idle_backends},
      {"table_bytes", result.table_bytes},
      {"memory_bytes", result.memory_bytes},
  };
  for (size_t attempts = 0; attempts < tally.flows_by_attempts.size(); ++attempts) {
    figures[fmt::format("flows_attempts_{}", attempts)] = tally.flows_by_attempts[attempts];
  }
  return figures;
}

}  // namespace

std::string simulation_text(const std::vector<ChurnReport>& reports) {
  std::string text;
  for (const ChurnReport& report : reports) {
    Table table({{"SCHEME"},
                 {"LOST", true},
                 {"OF FLOWS", true},
                 {"WITH SERVER", true},
                 {"BOUNCED", true},
                 {"AT MOST", true},
                 {"EVICTED", true},
                 {"PEAK LOAD", true},
                 {"IDLE", true},
                 {"MEMORY", true}});
    for (const SchemeResult& result : report.results) {
      const Tally& tally = result.tally;
      const Colour colour = tally.lost_by_balancer == 0 ? Colour::green : Colour::red;
      table.add({result.scheme,
                 {std::to_string(tally.lost_by_balancer), colour},
                 percent(share(tally.lost_by_balancer, tally.flows)),
                 tally.lost_with_server,
                 percent(share(tally.bounced_packets, tally.packets)),
                 percent(result.peak_bounced_share),
                 uint64_t{result.cost.history_evicted_live},
                 fmt::format("{:.2f}", result.peak_load),
                 uint64_t{result.idle_backends},
                 format_bytes(result.table_bytes + result.memory_bytes)});
    }
    text += fmt::format("{}{}, {} changes\n{}", text.empty() ? "" : "\n", report.churn,
                        report.changes, table.to_string());
  }
  return text;
}

std::string simulation_csv(const std::vector<ChurnReport>& reports) {
  std::string csv;
  for (const ChurnReport& report : reports) {
    for (const SchemeResult& result : report.results) {
      const Json figures = figures_of(result);
      std::string names = "churn,changes";
      std::string values = fmt::format("{},{}", report.churn, report.changes);
      for (const auto& [name, value] : figures.items()) {
        names += "," + name;
        values += "," + (value.is_string() ? value.get<std::string>() : value.dump());
      }
      if (csv.empty()) csv = names + "\n";
      csv += values + "\n";
    }
  }
  return csv;
}

Json simulation_json(const std::vector<ChurnReport>& reports) {
  Json json = Json::array();
  for (const ChurnReport& report : reports) {
    Json schemes = Json::array();
    for (const SchemeResult& result : report.results) schemes.push_back(figures_of(result));
    json.push_back(
        {{"churn", report.churn}, {"changes", report.changes}, {"schemes", std::move(schemes)}});
  }
  return json;
}

std::string describe_schemes() {
  std::string text = "Schemes:\n";
  for (const std::string& name : scheme_names()) {
    text += fmt::format("  {:<18} {}\n", name, describe_scheme(name));
  }
  return text;
}

}  // namespace ricochet
