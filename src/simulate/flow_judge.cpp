// SPDX-License-Identifier: Apache-2.0
#include "simulate/flow_judge.h"

#include <algorithm>

namespace ricochet {
namespace {

constexpr uint32_t kNotLost = UINT32_MAX;

}  // namespace

// A flow on its way through the periods of its bucket.
struct FlowJudge::Course {
  const Flow& flow;
  BackendId server;    // that took its first packet
  bool is_remembered;  // an entry outlives the gaps between its packets
  bool is_pinned = false;
  uint32_t attempts = 0;        // the most that a packet needed
  uint32_t lost_at = kNotLost;  // the packet that did not find the server
};

void FlowJudge::judge(std::span<const Flow> flows) {
  uint32_t change = 0;
  for (const Flow& flow : flows) {
    while (change + 1 < changes_.size() && changes_[change + 1].time_s <= flow.start_s) ++change;
    judge_one(flow, change);
  }
}

void FlowJudge::judge_one(const Flow& flow, uint32_t change) {
  ++tally_.flows;
  const std::span<const Period> periods = series_.periods(flow.hash);
  auto next = std::ranges::upper_bound(periods, change, {}, &Period::change);
  auto period = std::prev(next);
  Course course{.flow = flow,
                .server = period->owners.owner[0],
                .is_remembered = flow.gap_s <= memory_.lru_s};
  if (course.server == 0) {
    ++tally_.packets;
    ++tally_.lost_by_balancer;
    return;
  }
  // From this packet on the server is gone.
  const uint32_t alive_until = flow.packets_before(death_s(course.server, flow.start_s));
  uint32_t first = 0;
  while (first < alive_until && course.lost_at == kNotLost) {
    const double until_s = next == periods.end() ? kNever : changes_[next->change].time_s;
    const uint32_t last = std::min(alive_until, flow.packets_before(until_s));
    if (first < last) meet(course, period->owners, first, last);
    first = last;
    period = next;
    if (next != periods.end()) ++next;
  }
  const uint32_t carried = std::min(alive_until, course.lost_at);
  tally_.packets += carried;
  packets_.add(flow, 0, carried);
  ++tally_.flows_by_attempts[course.attempts];
  if (course.lost_at != kNotLost) {
    ++tally_.lost_by_balancer;
  } else if (alive_until < flow.packets) {
    ++tally_.lost_with_server;
  }
}

// Packets `first` to `last` - 1 come while the bucket has these owners.
void FlowJudge::meet(Course& course, const Bucket& owners, uint32_t first, uint32_t last) {
  const auto found = std::ranges::find(owners.owner, course.server);
  if (found == owners.owner.begin()) return;
  if (found == owners.owner.end()) {
    course.lost_at = find_lost(course, first, last);
    return;
  }
  bounce(course, static_cast<uint32_t>(found - owners.owner.begin()), first, last);
}

void FlowJudge::bounce(Course& course, uint32_t attempts, uint32_t first, uint32_t last) {
  uint32_t bounced = last - first;
  if (memory_.kind == FlowMemory::pins) {
    const bool was_pinned = course.is_pinned;
    if (!was_pinned) pinned_.push_back({course.flow.gap_s, course.flow.packets - first});
    course.is_pinned = true;
    if (course.is_remembered) bounced = was_pinned ? 0 : 1;
  }
  if (bounced == 0) return;
  tally_.bounced_packets += bounced;
  bounced_.add(course.flow, first, first + bounced);
  tally_.bounces += uint64_t{bounced} * attempts;
  course.attempts = std::max(course.attempts, attempts);
}

// Which of these packets does not reach its server, which is not among the owners.
uint32_t FlowJudge::find_lost(const Course& course, uint32_t first, uint32_t last) const {
  if (!course.is_remembered) return first;
  switch (memory_.kind) {
    case FlowMemory::none:
      return first;
    case FlowMemory::pins:
      return course.is_pinned ? kNotLost : first;
    case FlowMemory::connections: {
      // The first packet at the other balancer makes an entry there, for whoever owns the bucket.
      const uint32_t newcomer = course.flow.packets_before(memory_.emptied_at_s);
      return newcomer != 0 && first <= newcomer && newcomer < last ? newcomer : kNotLost;
    }
  }
  return first;
}

double FlowJudge::peak_bounced_share() const {
  double peak = 0;
  for (size_t window = 0; window < kWindows; ++window) {
    if (packets_[window] == 0) continue;
    peak = std::max(peak,
                    static_cast<double>(bounced_[window]) / static_cast<double>(packets_[window]));
  }
  return peak;
}

double FlowJudge::death_s(BackendId server, double after_s) const {
  const std::vector<double>& deaths = deaths_[server];
  const auto death = std::ranges::upper_bound(deaths, after_s);
  return death == deaths.end() ? kNever : *death;
}

}  // namespace ricochet
