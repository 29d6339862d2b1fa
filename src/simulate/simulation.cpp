// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulation.h"

#include <atomic>
#include <thread>

namespace ricochet {
namespace {

constexpr uint64_t kSampledUses = 100'000;  // enough to know how many flows are active

// How long a connection table keeps an entry, known from a sample of the flows.
double connection_lru_s(std::span<const Flow> flows, uint64_t entries) {
  const uint64_t step = std::max<uint64_t>(1, flows.size() / kSampledUses);
  std::vector<EntryUse> sample;
  for (size_t i = 0; i < flows.size(); i += step) {
    sample.push_back({flows[i].gap_s, flows[i].packets});
  }
  return lru_time_s(sample, static_cast<double>(step), kSimulatedTimeS, entries);
}

class Run {
 public:
  Run(std::span<const Flow> flows, const std::vector<FleetChange>& changes,
      const SchemeOptions& options)
      : flows_(flows),
        changes_(changes),
        options_(options),
        deaths_(find_deaths(changes, options.backends)) {}

  [[nodiscard]] SchemeResult run(const std::string& name) const {
    const Scheme scheme = make_scheme(name, options_);
    const TableSeries series(*scheme.tables, changes_, options_.backends);
    const FlowJudge judge = judge_flows(scheme, series);
    return {.scheme = name,
            .tally = judge.tally(),
            .peak_bounced_share = judge.peak_bounced_share(),
            .cost = series.cost(),
            .peak_load = series.peak_load(),
            .idle_backends = series.idle_backends(),
            .table_bytes = scheme.table_bytes,
            .memory_bytes = scheme.entries * scheme.entry_bytes};
  }

 private:
  [[nodiscard]] FlowJudge judge_flows(const Scheme& scheme, const TableSeries& series) const {
    FlowMemoryState memory{.kind = scheme.memory};
    if (scheme.memory == FlowMemory::connections) {
      memory.lru_s = connection_lru_s(flows_, scheme.entries);
      if (scheme.memory_is_lost) memory.emptied_at_s = kSimulatedTimeS / 2;
    }
    FlowJudge judge(series, changes_, deaths_, memory);
    judge.judge(flows_);
    if (scheme.memory != FlowMemory::pins) return judge;
    // Which flows are pinned is known only now.
    memory.lru_s = lru_time_s(judge.pinned(), 1, kSimulatedTimeS, scheme.entries);
    if (memory.lru_s >= kSimulatedTimeS) return judge;
    FlowJudge second(series, changes_, deaths_, memory);
    second.judge(flows_);
    return second;
  }

  std::span<const Flow> flows_;
  const std::vector<FleetChange>& changes_;
  const SchemeOptions& options_;
  Deaths deaths_;
};

}  // namespace

std::vector<SchemeResult> simulate(std::span<const Flow> flows,
                                   const std::vector<FleetChange>& changes,
                                   std::span<const std::string> schemes,
                                   const SchemeOptions& options, unsigned threads) {
  const Run run(flows, changes, options);
  std::vector<SchemeResult> results(schemes.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < schemes.size(); i = next++) results[i] = run.run(schemes[i]);
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  others.clear();  // waits for them
  return results;
}

}  // namespace ricochet
