// SPDX-License-Identifier: Apache-2.0
#include "table_cases.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>

#include "config/configuration_json.h"
#include "config/file.h"
#include "config/json_text.h"
#include "controller_cases.h"
#include "generation/router_state.h"
#include "real_time.h"
#include "table_scale.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kBackendCounts[] = {10, 100, 1000, 4096};
constexpr uint32_t kPublishCounts[] = {1000, 4096};
constexpr uint32_t kApplySize = 4096;

struct TableEffort {
  uint32_t changes;  // of one backend
  uint32_t applies;  // of everything
};
constexpr TableEffort kQuick{.changes = 20, .applies = 3};
constexpr TableEffort kFull{.changes = 100, .applies = 10};

using Rows = std::vector<TableRow>;

struct TableCase {
  std::string name;
  std::function<Result<Rows>()> measure;
};

Result<Rows> measure_build(uint32_t backends, uint32_t runs) {
  const Pool all = pool_of(backends);
  const Pool but_one = without_one(all);

  RouterState state;
  std::vector<Milliseconds> times;
  for (uint32_t run = 0; run <= runs; ++run) {
    const Generation generation = change_to(state, run % 2 == 0 ? all : but_one);
    const Stopwatch watch;
    auto step = fold(state, generation);
    const Milliseconds time = watch.elapsed();
    if (!step) return step.error();
    if (run > 0) times.push_back(time);  // the first one makes the pool
    state = std::move(step->state);
  }
  return Rows{{fmt::format("build/maglev/{}", backends), timing_of(std::move(times))}};
}

// What `ricochet apply` does with the file and the API with the body that it gets.
Result<Rows> measure_apply_file(uint32_t size, uint32_t runs) {
  ConfigurationFile configured;
  configured.configuration.pools[kPoolName] = pool_of(size);
  configured.configuration.services = services_of(size);
  const std::string text = to_yaml(configured);
  std::vector<Milliseconds> times;
  for (uint32_t run = 0; run < runs; ++run) {
    const Stopwatch watch;
    const auto file = parse_configuration_file(text, "bench.yaml");
    if (!file) return file.error();
    const auto body = parse_json(to_json(file->configuration).dump());
    if (!body) return body.error();
    const auto configuration = decode_configuration(*body);
    times.push_back(watch.elapsed());
    if (!configuration) return error("{}", configuration.invalid().message);
  }
  return Rows{{fmt::format("apply-file/{}", size), timing_of(std::move(times))}};
}

std::vector<TableCase> all_cases(const TableEffort& effort) {
  std::vector<TableCase> cases;
  for (const uint32_t backends : kBackendCounts) {
    cases.push_back({fmt::format("table/build/maglev/{}", backends),
                     [=] { return measure_build(backends, effort.changes); }});
  }
  for (const uint32_t backends : kPublishCounts) {
    cases.push_back({fmt::format("table/publish/maglev/{}", backends),
                     [=] { return measure_publish(backends, effort.changes); }});
  }
  cases.push_back({fmt::format("table/apply/{}", kApplySize),
                   [=] { return measure_apply(kApplySize, effort.applies); }});
  cases.push_back({fmt::format("table/apply-file/{}", kApplySize),
                   [=] { return measure_apply_file(kApplySize, effort.applies); }});
  return cases;
}

}  // namespace

Timing timing_of(std::vector<Milliseconds> runs) {
  std::ranges::sort(runs);
  return {.median_ms = runs[runs.size() / 2].count(), .fastest_ms = runs.front().count()};
}

Result<Rows> measure_tables(const std::string& only, bool quick) {
  spdlog::set_level(spdlog::level::err);  // not a line for each generation
  // Else a wake-up after the disk wrote waits for who else runs, up to a tick of the scheduler.
  const RealTimePriority priority;
  Rows rows;
  for (const TableCase& table_case : all_cases(quick ? kQuick : kFull)) {
    if (!table_case.name.starts_with(only)) continue;
    auto measured = table_case.measure();
    if (!measured) return error("{}: {}", table_case.name, measured.error().message);
    rows.insert(rows.end(), measured->begin(), measured->end());
  }
  if (rows.empty()) return error("there is no case whose name begins with {}", only);
  return rows;
}

}  // namespace ricochet::bench
