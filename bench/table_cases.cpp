// SPDX-License-Identifier: Apache-2.0
#include "table_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "generation/router_state.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kBackendCounts[] = {10, 100, 1000, 4096};
constexpr uint32_t kQuickRuns = 10;
constexpr uint32_t kFullRuns = 100;

Pool pool_of(uint32_t count) {
  Pool pool;
  for (uint32_t index = 0; index < count; ++index) {
    pool.backends.push_back({.address = Ipv4Address::from_host_order(0x0a000001 + index)});
  }
  return pool;
}

Generation change_to(const RouterState& state, const Pool& pool) {
  Configuration wanted = state.configuration;
  wanted.pools["web"] = pool;
  Generation generation;
  generation.number = state.generation + 1;
  generation.difference = difference(state.configuration, wanted);
  return generation;
}

double median_ms(std::vector<std::chrono::steady_clock::duration> durations) {
  const auto middle = durations.begin() + static_cast<ptrdiff_t>(durations.size() / 2);
  std::ranges::nth_element(durations, middle);
  return std::chrono::duration<double, std::milli>(*middle).count();
}

Result<TableRow> measure_build(uint32_t backends, uint32_t runs) {
  const Pool all = pool_of(backends);
  Pool but_one = all;
  but_one.backends.erase(but_one.backends.begin() + backends / 2);

  RouterState state;
  std::vector<std::chrono::steady_clock::duration> durations;
  for (uint32_t run = 0; run <= runs; ++run) {
    const Generation generation = change_to(state, run % 2 == 0 ? all : but_one);
    const auto begin = std::chrono::steady_clock::now();
    auto step = fold(state, generation);
    const auto end = std::chrono::steady_clock::now();
    if (!step) return step.error();
    if (run > 0) durations.push_back(end - begin);  // the first one makes the pool
    state = std::move(step->state);
  }
  return TableRow{fmt::format("build/maglev/{}", backends), median_ms(std::move(durations))};
}

}  // namespace

Result<std::vector<TableRow>> measure_tables(bool quick) {
  std::vector<TableRow> rows;
  for (const uint32_t backends : kBackendCounts) {
    auto row = measure_build(backends, quick ? kQuickRuns : kFullRuns);
    if (!row) return row.error();
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::string format_rows(const std::vector<TableRow>& rows) {
  std::string text = fmt::format("{:<24}{:>10}\n", "case", "ms");
  for (const TableRow& row : rows) text += fmt::format("{:<24}{:>10.2f}\n", row.name, row.ms);
  return text;
}

std::string format_rows_json(const std::vector<TableRow>& rows) {
  nlohmann::json json = {{"rows", nlohmann::json::array()}};
  for (const TableRow& row : rows) {
    json["rows"].push_back({{"group", "table"}, {"case", row.name}, {"ms", row.ms}});
  }
  return json.dump(2) + "\n";
}

}  // namespace ricochet::bench
