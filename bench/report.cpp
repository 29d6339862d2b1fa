// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "environment.h"
#include "target.h"

namespace ricochet::bench {
namespace {

constexpr std::string_view kGroup = "packet";
constexpr std::string_view kFloor = "floor/l2";
constexpr uint32_t kManyFlows = 1'000'000;

std::optional<double> quiet_ns(const Measurement& measurement, std::string_view name,
                               uint32_t flows) {
  auto row = std::ranges::find_if(measurement.rows, [&](const Measured& candidate) {
    return candidate.name == name && candidate.flows == flows;
  });
  if (row == measurement.rows.end() || !row->quiet) return std::nullopt;
  return row->quiet->median;
}

std::optional<double> floor_ratio(const Measurement& measurement, const Measured& row) {
  const auto floor_ns = quiet_ns(measurement, kFloor, row.flows);
  if (!row.quiet || !floor_ns || *floor_ns <= 0) return std::nullopt;
  return row.quiet->median / *floor_ns;
}

// Those whose cases were measured.
std::vector<Target> judge(const Measurement& measurement) {
  const auto history = quiet_ns(measurement, "router/l2/history", kManyFlows);
  const auto history_one = quiet_ns(measurement, "router/l2/history", 1);
  const auto plain = quiet_ns(measurement, "router/l2/no-history", kManyFlows);
  std::vector<Target> targets;
  if (history) targets.push_back({"router/l2/history, 1M flows, ns", 28, *history});
  if (history && history_one) {
    targets.push_back({"router/l2/history, 1M flows to 1 flow", 1.5, *history / *history_one});
  }
  if (history && plain) {
    targets.push_back({"history over no-history, 1M flows, ns", 3, *history - *plain});
  }
  return targets;
}

std::string format_summary(const std::optional<Summary>& summary) {
  if (!summary) return "-";
  return fmt::format("{:6.1f} ({:.1f} .. {:.1f})", summary->median, summary->lower_quartile,
                     summary->upper_quartile);
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

nlohmann::json row_to_json(const Measurement& measurement, const Measured& row) {
  nlohmann::json json = {{"group", kGroup}, {"case", row.name}, {"flows", row.flows}};
  json["net_ns"] = row.quiet ? nlohmann::json(row.quiet->median) : nullptr;
  json["floor_ratio"] = or_null(floor_ratio(measurement, row));
  if (row.quiet) {
    json["net_ns_quartiles"] = {row.quiet->lower_quartile, row.quiet->upper_quartile};
    json["quiet_segments"] = row.quiet->segments;
  }
  if (row.busy) json["busy_net_ns"] = row.busy->median;
  if (!row.obstacle.empty()) json["not_measured"] = row.obstacle;
  return json;
}

}  // namespace

std::string format_table(const Measurement& measurement) {
  std::string text = fmt::format(
      "ns per packet, without the harness's own {:.1f}; medians (quartiles). {:.0f} % of the\n"
      "segments were quiet. {}, Linux {}, {}\n\n",
      measurement.harness_ns, 100 * measurement.quiet_share, describe_machine(), kernel_release(),
      now_utc());
  text += fmt::format("{:<22}{:>9}  {:<24}{:<24}{:>9}\n", "case", "flows", " quiet", " busy",
                      "x floor");
  std::string notes;
  if (!measurement.real_time) {
    notes += "no real-time priority: what else ran on this core is in the figures\n";
  }
  for (const Measured& row : measurement.rows) {
    const auto ratio = floor_ratio(measurement, row);
    text += fmt::format("{:<22}{:>9}  {:<24}{:<24}{:>9}\n", row.name, row.flows,
                        format_summary(row.quiet), format_summary(row.busy),
                        ratio ? fmt::format("{:.1f}", *ratio) : "-");
    if (!row.obstacle.empty()) {
      notes +=
          fmt::format("{} with {} flows: not measured: {}\n", row.name, row.flows, row.obstacle);
    }
  }
  if (!notes.empty()) text += "\n" + notes;
  text += format_targets(judge(measurement), "targets, quiet");
  return text;
}

std::string format_json(const Measurement& measurement) {
  nlohmann::json json = {{"date", now_utc()},
                         {"machine", describe_machine()},
                         {"kernel", kernel_release()},
                         {"harness_ns", measurement.harness_ns},
                         {"rows", nlohmann::json::array()},
                         {"targets", to_json(judge(measurement))}};
  for (const Measured& row : measurement.rows) {
    json["rows"].push_back(row_to_json(measurement, row));
  }
  return json.dump(2) + "\n";
}

}  // namespace ricochet::bench
