// SPDX-License-Identifier: Apache-2.0
// Runs random packets through the router program and through a model of it, and compares.
//
// Action, packet and what is remembered are compared for each packet, counters and traffic as sums
// over all packets of one state of the tables, which costs far less; where sums differ the packets
// are run again, one by one. With the tap on, in every fourth state, verdict and egress interface
// of each packet as well.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "shrink.h"
#include "tried_router.h"

namespace ricochet::test {

using RouterModel = std::function<reference::RouterDecision(
    const reference::RouterTables&, const Bytes& frame, uint32_t ingress_ifindex)>;

// All that can be seen of one packet.
struct RouterObservation {
  Outcome outcome;
  std::optional<uint32_t> verdict;               // of the tap, if it is on
  std::optional<uint32_t> egress_ifindex;        // the same; 0: did not leave
  std::optional<reference::FragmentNote> noted;  // of a first fragment
  RouterWrites writes;
  bool operator==(const RouterObservation&) const = default;
};

struct RouterDisagreement {
  uint64_t number = 0;  // of the case
  RouterCase smallest;
  RouterObservation model;
  RouterObservation program;
};

class RouterDifferential {
 public:
  RouterDifferential(std::vector<uint32_t> ifindexes, RouterModel model, uint64_t seed)
      : random_router_(std::move(ifindexes)), model_(std::move(model)), seed_(seed) {}

  // The cases from `first` on, to the first about which the two do not agree.
  std::optional<RouterDisagreement> run(uint64_t first, uint64_t packets);

  // How often the model came to each verdict and event.
  [[nodiscard]] const std::map<std::string, uint64_t>& seen() const { return seen_; }

 private:
  static constexpr uint64_t kPacketsOfTables = 500;

  [[nodiscard]] reference::RouterTables tables_of(uint64_t number) const;
  [[nodiscard]] RouterFrame frame_of(uint64_t number, const reference::RouterTables& tables) const;
  std::optional<RouterDisagreement> run_tables(uint64_t first, uint64_t end);
  bool agrees(const reference::RouterDecision& decision, const RouterFrame& frame);
  void add(const reference::RouterDecision& decision, Outcome& sums);
  std::optional<RouterDisagreement> search(uint64_t first, uint64_t end);
  std::optional<reference::FragmentNote> take_note(const RouterFrame& frame);
  RouterObservation observe(const RouterFrame& frame);
  RouterObservation expect(const reference::RouterTables& tables, const RouterFrame& frame) const;
  bool disagree(const RouterCase& it);
  RouterDisagreement report(uint64_t number, const RouterCase& found);

  RandomRouter random_router_;
  RouterModel model_;
  uint64_t seed_;
  TriedRouter program_;
  bool tapped_ = false;
  std::map<std::string, uint64_t> seen_;
};

// For people, and how to run the case again.
std::string describe(const RouterDisagreement& disagreement, const std::string& rerun);

}  // namespace ricochet::test
