// SPDX-License-Identifier: Apache-2.0
#include "router_differential.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "describe.h"
#include "verdict_names.h"
#include "xdp_action.h"

namespace ricochet::test {
namespace {

using reference::RouterDecision;
using reference::RouterTables;

// Loading takes longer than laying tables, and the seed of the fleet is set at load.
constexpr uint64_t kTablesOfConstants = 64;
// So few that they get full. A router can do without as well.
constexpr std::array<uint32_t, 4> kPinSets = {5, 1, 2, 0};
constexpr std::array<uint32_t, 5> kFlowSets = {3, 1, 0, 6, 2};
// In the midst of a word, at its borders, and without effect.
constexpr std::array<uint32_t, 5> kSourceBits = {24, 17, 32, 0, 29};
constexpr std::array<uint32_t, 7> kSourceBits6 = {48, 56, 64, 128, 127, 0, 96};
constexpr std::array<bool, 3> kAnswersEcho = {true, false, true};
constexpr uint64_t kTablesTappedEvery = 4;

// Streams of random numbers of one seed.
enum Stream : uint64_t { kFlowSeeds = 1, kTables, kFrames };

// What is known of a first fragment after it: what it noted, or what was noted before.
std::optional<reference::FragmentNote> note_after(const RouterTables& tables,
                                                  const RouterFrame& frame,
                                                  const RouterDecision& decision) {
  if (decision.noted) return decision.noted->second;
  const auto key = reference::first_fragment_key(frame.bytes);
  if (!key) return std::nullopt;
  const auto before = tables.fragments.find(*key);
  return before == tables.fragments.end() ? std::nullopt : std::optional(before->second);
}

std::string describe(const std::map<size_t, uint64_t>& pins, const char* what) {
  std::string text;
  for (const auto& [at, pin] : pins)
    text += fmt::format(
        "\n  {} {} of set {}: {}", what, at % RCH_SET_WORDS, at / RCH_SET_WORDS,
        pin ? fmt::format("to backend {} epoch {}, age {}, flow {:x}", rch_pin_slot(pin),
                          rch_pin_epoch(pin), rch_pin_age(pin), pin >> RCH_PIN_TAG_SHIFT)
            : "none");
  return text;
}

std::string describe(const RouterWrites& writes) {
  std::string text;
  for (const auto& [at, word] : writes.buckets)
    text += fmt::format("\n  written to bucket {} of all: {:#018x}", at, word);
  return text + describe(writes.pins, "pin") + describe(writes.flows, "kept flow");
}

std::string describe(const RouterObservation& observation) {
  std::ostringstream text;
  text << observation.outcome;
  if (observation.noted)
    text << fmt::format("\n  noted of its fragments: ports {} and {}, protocol {}",
                        observation.noted->source_port, observation.noted->destination_port,
                        observation.noted->protocol);
  text << describe(observation.writes);
  if (observation.verdict)
    text << fmt::format("\n  shown by the tap: {}, interface {}",
                        kRouterCounterNames.at(*observation.verdict),
                        observation.egress_ifindex.value());
  return text.str();
}

}  // namespace

std::optional<RouterDisagreement> RouterDifferential::run(uint64_t first, uint64_t packets) {
  const uint64_t end = first + packets;
  while (first < end) {
    const uint64_t next_tables = (first / kPacketsOfTables + 1) * kPacketsOfTables;
    const uint64_t last = std::min(end, next_tables);
    if (auto disagreement = run_tables(first, last)) return disagreement;
    first = last;
  }
  return std::nullopt;
}

RouterTables RouterDifferential::tables_of(uint64_t number) const {
  const uint64_t which = number / kPacketsOfTables;
  Random random(seed_, kTables, which);
  const uint64_t load = which / kTablesOfConstants;
  return random_router_.tables(
      random, {.placing = {.seed = Random(seed_, kFlowSeeds, load).next(),
                           .source_bits = kSourceBits[load % kSourceBits.size()],
                           .source_bits6 = kSourceBits6[load % kSourceBits6.size()]},
               .pin_sets = kPinSets[load % kPinSets.size()],
               .flow_sets = kFlowSets[load % kFlowSets.size()],
               .answers_echo = kAnswersEcho[load % kAnswersEcho.size()]});
}

RouterFrame RouterDifferential::frame_of(uint64_t number, const RouterTables& tables) const {
  Random random(seed_, kFrames, number);
  return random_router_.frame(random, tables);
}

std::optional<RouterDisagreement> RouterDifferential::run_tables(uint64_t first, uint64_t end) {
  const RouterTables tables = tables_of(first);
  tapped_ = first / kPacketsOfTables % kTablesTappedEvery == 0;
  program_.set_tap(tapped_);
  program_.lay(tables);
  Outcome sums;
  for (uint64_t number = first; number < end; number++) {
    const RouterFrame frame = frame_of(number, tables);
    const RouterDecision decision = model_(tables, frame.bytes, frame.ingress_ifindex);
    if (!agrees(decision, frame) || take_note(frame) != note_after(tables, frame, decision) ||
        program_.take_writes() != program_.writes_of(decision))
      return report(number, {tables, frame});
    add(decision, sums);
  }
  const Outcome counted = program_.take_counted();
  if (counted == sums) return std::nullopt;
  auto disagreement = search(first, end);
  if (!disagreement)
    throw std::runtime_error(fmt::format(
        "counters of cases {} to {} differ in sum, and of no case alone", first, end - 1));
  return disagreement;
}

bool RouterDifferential::agrees(const RouterDecision& decision, const RouterFrame& frame) {
  const XdpResult result = program_.run(frame);
  if (result.action != xdp_action(decision.action) || result.packet != decision.frame) return false;
  if (!tapped_) return true;
  const auto shown = program_.take_shown();
  if (shown.size() != 2) throw std::runtime_error("not two records of a packet");
  const uint32_t egress = shown[1].direction == RCH_TAP_OUT ? shown[1].ifindex : 0;
  return shown[1].verdict == decision.verdict && egress == decision.egress_ifindex;
}

std::optional<reference::FragmentNote> RouterDifferential::take_note(const RouterFrame& frame) {
  const auto key = reference::first_fragment_key(frame.bytes);
  return key ? program_.take_note(*key) : std::nullopt;
}

void RouterDifferential::add(const RouterDecision& decision, Outcome& sums) {
  if (decision.verdict == RCH_ROUTER_FORWARD) seen_[kRouterCounterNames[RCH_ROUTER_FORWARD]]++;
  const Outcome one = outcome_of(decision);
  for (const auto& [name, count] : one.counted) {
    sums.counted[name] += count;
    seen_[name] += count;
  }
  for (const auto& [slot, traffic] : one.traffic) {
    sums.traffic[slot].packets += traffic.packets;
    sums.traffic[slot].bytes += traffic.bytes;
  }
}

std::optional<RouterDisagreement> RouterDifferential::search(uint64_t first, uint64_t end) {
  const RouterTables tables = tables_of(first);
  for (uint64_t number = first; number < end; number++) {
    const RouterFrame frame = frame_of(number, tables);
    if (observe(frame) != expect(tables, frame)) return report(number, {tables, frame});
  }
  return std::nullopt;
}

// Of the tables that are laid.
RouterObservation RouterDifferential::observe(const RouterFrame& frame) {
  XdpResult result = program_.run(frame);
  RouterObservation observation{.outcome = program_.take_counted(),
                                .verdict = std::nullopt,
                                .egress_ifindex = std::nullopt,
                                .noted = take_note(frame),
                                .writes = program_.take_writes()};
  observation.outcome.action = result.action;
  observation.outcome.packet = std::move(result.packet);
  if (!tapped_) return observation;
  const auto shown = program_.take_shown();
  if (shown.empty()) return observation;
  observation.verdict = shown.back().verdict;
  observation.egress_ifindex = shown.back().direction == RCH_TAP_OUT ? shown.back().ifindex : 0;
  return observation;
}

// Of the tables that are laid.
RouterObservation RouterDifferential::expect(const RouterTables& tables,
                                             const RouterFrame& frame) const {
  const RouterDecision decision = model_(tables, frame.bytes, frame.ingress_ifindex);
  RouterObservation observation{.outcome = outcome_of(decision),
                                .verdict = std::nullopt,
                                .egress_ifindex = std::nullopt,
                                .noted = note_after(tables, frame, decision),
                                .writes = program_.writes_of(decision)};
  if (tapped_) {
    observation.verdict = decision.verdict;
    observation.egress_ifindex = decision.egress_ifindex;
  }
  return observation;
}

bool RouterDifferential::disagree(const RouterCase& it) {
  program_.lay(it.tables);
  program_.take_counted();
  return observe(it.frame) != expect(it.tables, it.frame);
}

RouterDisagreement RouterDifferential::report(uint64_t number, const RouterCase& found) {
  program_.take_shown();
  RouterDisagreement report{.number = number, .smallest = found, .model = {}, .program = {}};
  report.smallest = shrink(found, [&](const RouterCase& it) { return disagree(it); });
  disagree(report.smallest);  // lays its tables
  report.model = expect(report.smallest.tables, report.smallest.frame);
  report.program = observe(report.smallest.frame);
  return report;
}

std::string describe(const RouterDisagreement& disagreement, const std::string& rerun) {
  const RouterCase& it = disagreement.smallest;
  return fmt::format(
      "the program and the model disagree about case {}; to run it again:\n  {}\n"
      "made as small as it still shows, the packet comes in at interface {}:\n  {}"
      "tables:\n{}the model says: {}\nthe program does: {}\n",
      disagreement.number, rerun, it.frame.ingress_ifindex, describe_frame(it.frame.bytes),
      describe(it.tables), describe(disagreement.model), describe(disagreement.program));
}

}  // namespace ricochet::test
