// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include <algorithm>
#include <cmath>

#include "real_time.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kSegmentsPerRound = 8;
constexpr uint32_t kWarmUpPackets = 300'000;
constexpr double kQuietBelow = 1.25;  // times the harness at its best
constexpr double kBusyAbove = 1.5;
constexpr size_t kQuietSegmentsWanted = 20;

// All times in ns for each packet, the harness included.
struct Segment {
  double idle_before;
  double packet;
  double idle_after;

  [[nodiscard]] double net() const { return packet - (idle_before + idle_after) / 2; }
  [[nodiscard]] bool quiet(double harness_ns) const {
    return std::max(idle_before, idle_after) < kQuietBelow * harness_ns;
  }
  [[nodiscard]] bool busy(double harness_ns) const {
    return std::min(idle_before, idle_after) > kBusyAbove * harness_ns;
  }
};
using Segments = std::vector<Segment>;

// Linear between neighbours; sorted is not empty.
double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

std::optional<Summary> summarise(std::vector<double> net) {
  if (net.empty()) return std::nullopt;
  std::ranges::sort(net);
  return Summary{.median = quantile(net, 0.5),
                 .lower_quartile = quantile(net, 0.25),
                 .upper_quartile = quantile(net, 0.75),
                 .segments = net.size()};
}

template <class Predicate>
std::vector<double> net_of(const Segments& segments, Predicate wanted) {
  std::vector<double> net;
  for (const Segment& segment : segments) {
    if (wanted(segment)) net.push_back(segment.net());
  }
  return net;
}

double best_of_harness(const std::vector<Segments>& by_case) {
  std::vector<double> idle;
  for (const Segments& segments : by_case) {
    for (const Segment& segment : segments) idle.push_back(segment.idle_before);
  }
  if (idle.empty()) return 0;
  std::ranges::sort(idle);
  return quantile(idle, 0.05);
}

Result<void> run_round(TestRun& harness, const PacketCase& packet_case, const Effort& effort,
                       Segments& segments) {
  if (auto warm = harness.run(packet_case, kWarmUpPackets); !warm) return warm.error();
  auto before = harness.run_idle(effort.idle_packets);
  for (uint32_t i = 0; i < kSegmentsPerRound; ++i) {
    if (!before) return before.error();
    auto packet = harness.run(packet_case, effort.packets);
    if (!packet) return packet.error();
    auto after = harness.run_idle(effort.idle_packets);
    if (!after) return after.error();
    segments.push_back({.idle_before = *before, .packet = *packet, .idle_after = *after});
    before = after;
  }
  return {};
}

size_t count_quiet(const Segments& segments, double harness_ns) {
  return static_cast<size_t>(std::ranges::count_if(
      segments, [&](const Segment& segment) { return segment.quiet(harness_ns); }));
}

Measurement summarise_all(const std::vector<PacketCase>& cases,
                          const std::vector<Segments>& by_case) {
  Measurement measurement;
  measurement.harness_ns = best_of_harness(by_case);
  const double harness_ns = measurement.harness_ns;
  size_t segments = 0, quiet_segments = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    segments += by_case[i].size();
    quiet_segments += count_quiet(by_case[i], harness_ns);
    measurement.rows.push_back(
        {.name = cases[i].name,
         .flows = cases[i].flows,
         .quiet = summarise(net_of(by_case[i], [&](auto& s) { return s.quiet(harness_ns); })),
         .busy = summarise(net_of(by_case[i], [&](auto& s) { return s.busy(harness_ns); })),
         .obstacle = cases[i].obstacle});
  }
  if (segments) {
    measurement.quiet_share = static_cast<double>(quiet_segments) / static_cast<double>(segments);
  }
  return measurement;
}

}  // namespace

Result<Measurement> measure(TestRun& harness, const std::vector<PacketCase>& cases,
                            const Effort& effort, const std::function<void(double)>& progress) {
  const RealTimePriority priority;
  std::vector<Segments> by_case(cases.size());
  for (uint32_t round = 0; round < effort.rounds_max; ++round) {
    const double harness_ns = best_of_harness(by_case);
    bool complete = true;
    for (size_t i = 0; i < cases.size(); ++i) {
      if (!cases[i].obstacle.empty()) continue;
      const bool enough = count_quiet(by_case[i], harness_ns) >= kQuietSegmentsWanted;
      if (round >= effort.rounds && enough) continue;
      complete = false;
      auto ran = run_round(harness, cases[i], effort, by_case[i]);
      if (!ran) return ran.error();
    }
    if (complete) break;
    progress(std::min(1.0, (round + 1.0) / effort.rounds));
  }
  Measurement measurement = summarise_all(cases, by_case);
  measurement.real_time = priority.granted();
  return measurement;
}

}  // namespace ricochet::bench
