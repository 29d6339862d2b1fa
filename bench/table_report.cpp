// SPDX-License-Identifier: Apache-2.0
#include "table_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "environment.h"
#include "target.h"

namespace ricochet::bench {
namespace {

constexpr double kPublishLimitMs = 5;
constexpr double kApplyLimitMs = 2000;

std::optional<double> median_ms(const std::vector<TableRow>& rows, std::string_view name) {
  const auto row = std::ranges::find(rows, name, &TableRow::name);
  if (row == rows.end() || !row->timing) return std::nullopt;
  return row->timing->median_ms;
}

// Those whose cases were measured.
std::vector<Target> judge(const std::vector<TableRow>& rows) {
  std::vector<Target> targets;
  if (const auto publish = median_ms(rows, "publish/maglev/1000")) {
    targets.push_back({"publish/maglev/1000, ms", kPublishLimitMs, *publish});
  }
  const auto apply = median_ms(rows, "apply/4096");
  const auto file = median_ms(rows, "apply-file/4096");
  if (apply && file) {
    targets.push_back({"apply/4096 and apply-file/4096, ms", kApplyLimitMs, *apply + *file});
  }
  return targets;
}

}  // namespace

std::string format_rows(const std::vector<TableRow>& rows) {
  std::string text = fmt::format(
      "ms of a change: median, fastest; or KiB. {}, Linux {}, {}\n\n{:<28}{:>10}{:>10}{:>10}\n",
      describe_machine(), kernel_release(), now_utc(), "case", "ms", "fastest", "KiB");
  for (const TableRow& row : rows) {
    if (row.timing) {
      text += fmt::format("{:<28}{:>10.2f}{:>10.2f}\n", row.name, row.timing->median_ms,
                          row.timing->fastest_ms);
    } else {
      text += fmt::format("{:<28}{:>30}\n", row.name, row.bytes / 1024);
    }
  }
  return text + format_targets(judge(rows), "targets, medians");
}

std::string format_rows_json(const std::vector<TableRow>& rows) {
  nlohmann::json json = {{"date", now_utc()},
                         {"machine", describe_machine()},
                         {"kernel", kernel_release()},
                         {"rows", nlohmann::json::array()},
                         {"targets", to_json(judge(rows))}};
  for (const TableRow& row : rows) {
    nlohmann::json entry = {{"group", "table"}, {"case", row.name}};
    if (row.timing) {
      entry["ms"] = row.timing->median_ms;
      entry["fastest_ms"] = row.timing->fastest_ms;
    } else {
      entry["bytes"] = row.bytes;
    }
    json["rows"].push_back(std::move(entry));
  }
  return json.dump(2) + "\n";
}

}  // namespace ricochet::bench
