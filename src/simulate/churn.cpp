// SPDX-License-Identifier: Apache-2.0
#include "simulate/churn.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "simulate/random.h"

namespace ricochet {
namespace {

constexpr size_t kFlappingShare = 100;  // one in so many
constexpr double kFlapUpMeanS = 105;
constexpr double kFlapDownMeanS = 15;

constexpr size_t kBatchShare = 50;
constexpr double kBatchDrainS = 30;
constexpr double kBatchRestartS = 5;

constexpr size_t kScaledShare = 5;
constexpr size_t kScaleStepShare = 100;
constexpr double kScaleStepS = 30;
constexpr double kScaleOutAtS = 300;
constexpr double kScaleInAtS = 960;
constexpr double kScaleDrainS = 60;

constexpr size_t kRackShare = 25;
constexpr size_t kRackParts = 4;
constexpr double kRackFirstAtS = 240;
constexpr double kRackEveryS = 300;
constexpr double kRackDownS = 120;
constexpr double kRackPartS = 10;

using Backends = std::vector<BackendId>;

Backends range(size_t first, size_t count) {
  Backends ids;
  for (size_t id = first; id < first + count; ++id) ids.push_back(static_cast<BackendId>(id));
  return ids;
}

size_t share_of(size_t backends, size_t one_in) {
  return std::max<size_t>(1, backends / one_in);
}

// Collects what happens in any order; what happens at one moment is one change.
class Timetable {
 public:
  void add(double time_s, const Backends& backends, FleetState state) {
    if (time_s >= kSimulatedTimeS) return;
    for (const BackendId id : backends) transitions_[time_s].push_back({id, state});
  }

  std::vector<FleetChange> changes() && {
    std::vector<FleetChange> found;
    for (auto& [time_s, transitions] : transitions_) {
      found.push_back({time_s, std::move(transitions)});
    }
    return found;
  }

 private:
  std::map<double, std::vector<Transition>> transitions_;
};

void flap(Timetable& timetable, size_t backends, uint64_t seed) {
  timetable.add(0, range(1, backends), FleetState::active);
  Random random(mix_bits(seed));
  for (const BackendId id : range(1, share_of(backends, kFlappingShare))) {
    double time_s = random.exponential(kFlapUpMeanS);
    while (time_s < kSimulatedTimeS) {
      timetable.add(time_s, {id}, FleetState::draining);
      time_s += random.exponential(kFlapDownMeanS);
      timetable.add(time_s, {id}, FleetState::active);
      time_s += random.exponential(kFlapUpMeanS);
    }
  }
}

void roll(Timetable& timetable, size_t backends) {
  timetable.add(0, range(1, backends), FleetState::active);
  const size_t batch = share_of(backends, kBatchShare);
  double time_s = kBatchDrainS;
  for (size_t first = 1; first <= backends; first += batch) {
    const Backends ids = range(first, std::min(batch, backends + 1 - first));
    timetable.add(time_s, ids, FleetState::draining);
    timetable.add(time_s + kBatchDrainS, ids, FleetState::dead);
    time_s += kBatchDrainS + kBatchRestartS;
    timetable.add(time_s, ids, FleetState::active);
  }
}

void scale(Timetable& timetable, size_t backends) {
  const size_t scaled = share_of(backends, kScaledShare);
  const size_t step = share_of(backends, kScaleStepShare);
  timetable.add(0, range(1, backends - scaled), FleetState::active);
  double out_s = kScaleOutAtS;
  double in_s = kScaleInAtS;
  for (size_t done = 0; done < scaled; done += step) {
    const Backends ids = range(backends - scaled + 1 + done, std::min(step, scaled - done));
    timetable.add(out_s, ids, FleetState::active);
    timetable.add(in_s, ids, FleetState::draining);
    timetable.add(in_s + kScaleDrainS, ids, FleetState::absent);
    out_s += kScaleStepS;
    in_s += kScaleStepS;
  }
}

void lose_racks(Timetable& timetable, size_t backends) {
  timetable.add(0, range(1, backends), FleetState::active);
  const size_t rack = share_of(backends, kRackShare);
  size_t first = 1;
  double time_s = kRackFirstAtS;
  while (time_s + kRackEveryS < kSimulatedTimeS && first + rack <= backends + 1) {
    timetable.add(time_s, range(first, rack), FleetState::dead);
    for (size_t part = 0; part < kRackParts; ++part) {
      const size_t from = rack * part / kRackParts;
      const size_t until = rack * (part + 1) / kRackParts;
      timetable.add(time_s + kRackDownS + kRackPartS * static_cast<double>(part),
                    range(first + from, until - from), FleetState::active);
    }
    time_s += kRackEveryS;
    first += rack;
  }
}

constexpr std::array<std::pair<ChurnModel, std::string_view>, 4> kNames{{
    {ChurnModel::flap, "flap"},
    {ChurnModel::rolling, "rolling"},
    {ChurnModel::scale, "scale"},
    {ChurnModel::correlated, "correlated"},
}};

}  // namespace

std::vector<FleetChange> make_churn(ChurnModel model, size_t backends, uint64_t seed) {
  Timetable timetable;
  switch (model) {
    case ChurnModel::flap:
      flap(timetable, backends, seed);
      break;
    case ChurnModel::rolling:
      roll(timetable, backends);
      break;
    case ChurnModel::scale:
      scale(timetable, backends);
      break;
    case ChurnModel::correlated:
      lose_racks(timetable, backends);
      break;
  }
  return std::move(timetable).changes();
}

std::vector<std::string> churn_names() {
  std::vector<std::string> names;
  names.reserve(kNames.size());
  for (const auto& [model, name] : kNames) names.emplace_back(name);
  return names;
}

std::string to_string(ChurnModel model) {
  return std::string(
      std::ranges::find(kNames, model, [](const auto& n) { return n.first; })->second);
}

Result<ChurnModel> parse_churn(std::string_view text) {
  const auto found =
      std::ranges::find(kNames, text, [](const auto& named) { return named.second; });
  if (found != kNames.end()) return found->first;
  return error("unknown churn '{}': choose one of {}", text, fmt::join(churn_names(), ", "));
}

}  // namespace ricochet
