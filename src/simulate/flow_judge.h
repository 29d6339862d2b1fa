// SPDX-License-Identifier: Apache-2.0
//
// What becomes of flows on the tables of a balancer.
#pragma once

#include <array>
#include <limits>
#include <vector>

#include "simulate/flows.h"
#include "simulate/lru_time.h"
#include "simulate/packet_windows.h"
#include "simulate/table_series.h"

namespace ricochet {

// What a balancer notes about single flows. connections: every flow, and where it goes, which then
// counts before the bucket. pins: flows that bounced, and where they ended.
enum class FlowMemory { none, connections, pins };

inline constexpr double kNever = std::numeric_limits<double>::max();

struct FlowMemoryState {
  FlowMemory kind = FlowMemory::none;
  double lru_s = kNever;  // an unused entry is kept so long
  // All flows come to another balancer from then on, whose memory is empty.
  double emptied_at_s = kNever;
};

struct Tally {
  uint64_t flows = 0;
  uint64_t packets = 0;  // until their flow was lost
  // Of flows. A flow whose server died is lost whatever the balancer does. By the balancer: the
  // server lives and has the connection, and a packet does not find it; or nobody took the first
  // packet.
  uint64_t lost_with_server = 0;
  uint64_t lost_by_balancer = 0;
  uint64_t bounced_packets = 0;  // that did not find their server at once
  uint64_t bounces = 0;          // ways back; one packet may have several
  // Flows by the most attempts that one of their packets needed.
  std::array<uint64_t, kOwners> flows_by_attempts{};

  bool operator==(const Tally&) const = default;
};

class FlowJudge {
 public:
  // Tables, changes and deaths outlive the judge, which keeps references.
  FlowJudge(const TableSeries& series, const std::vector<FleetChange>& changes,
            const Deaths& deaths, FlowMemoryState memory)
      : series_(series), changes_(changes), deaths_(deaths), memory_(memory) {}

  // Flows in the order of their starts, none before the first change.
  void judge(std::span<const Flow> flows);

  [[nodiscard]] const Tally& tally() const { return tally_; }

  // Of the packets of a half minute, those that bounced; the greatest share of any.
  [[nodiscard]] double peak_bounced_share() const;

  // Flows that were pinned, from then on.
  [[nodiscard]] std::span<const EntryUse> pinned() const { return pinned_; }

 private:
  struct Course;

  void judge_one(const Flow& flow, uint32_t change);
  void meet(Course& course, const Bucket& owners, uint32_t first, uint32_t last);
  void bounce(Course& course, uint32_t attempts, uint32_t first, uint32_t last);
  [[nodiscard]] uint32_t find_lost(const Course& course, uint32_t first, uint32_t last) const;
  [[nodiscard]] double death_s(BackendId server, double after_s) const;

  const TableSeries& series_;
  const std::vector<FleetChange>& changes_;
  const Deaths& deaths_;
  FlowMemoryState memory_;
  Tally tally_;
  PacketWindows packets_;
  PacketWindows bounced_;
  std::vector<EntryUse> pinned_;
};

}  // namespace ricochet
