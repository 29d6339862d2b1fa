// SPDX-License-Identifier: Apache-2.0
#include "agent_differential.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "addresses.h"
#include "agent.skel.h"
#include "bpf_map_access.h"
#include "describe.h"
#include "fragment_note.h"
#include "random_agent.h"
#include "shrink.h"
#include "verdict_names.h"
#include "xdp_action.h"
#include "xdp_run.h"

namespace ricochet::test {
namespace {

using reference::AgentDecision;

constexpr uint64_t kPacketsOfState = 500;
// Some seconds, in which no socket dies of old age.
constexpr uint64_t kPacketsOfScene = 100'000;
constexpr uint64_t kBouncesEnough = 1'000'000;

// Streams of random numbers of one seed, apart from the router's.
enum Stream : uint64_t { kStates = 11, kFrames };

AgentOptions options_of(reference::MarkMode mode) {
  return {.mark_ecmp_er = mode == reference::MarkMode::ecmp_er, .bounces_per_second = 0};
}

Outcome outcome_of(const AgentDecision& decision) {
  Outcome outcome{.action = xdp_action(decision.action),
                  .packet = decision.frame,
                  .counted = {{kAgentCounterNames[decision.verdict], 1}},
                  .traffic = {}};
  if (decision.bounce_unfit) outcome.counted[kAgentCounterNames[RCH_AGENT_BOUNCE_UNFIT]] = 1;
  return outcome;
}

void note(const LoadedAgent& agent, const reference::FragmentKey& key) {
  put(agent.skeleton().maps.bounced_fragments, encode(key), uint8_t{0});
}

// Whether it was there.
bool forget(const LoadedAgent& agent, const reference::FragmentKey& key) {
  const FragmentNoteKey encoded = encode(key);
  return bpf_map__delete_elem(agent.skeleton().maps.bounced_fragments, &encoded, sizeof(encoded),
                              0) == 0;
}

bool note_after(const reference::AgentState& state, const Bytes& frame,
                const AgentDecision& decision) {
  const auto key = reference::first_fragment_key(frame);
  return decision.noted.value_or(key && state.bounced.contains(*key));
}

}  // namespace

AgentDifferential::AgentDifferential(const Wire& wire, AgentModel model, uint64_t seed)
    : wire_(wire),
      model_(std::move(model)),
      seed_(seed),
      dscp_(options_of(reference::MarkMode::dscp)),
      ecmp_er_(options_of(reference::MarkMode::ecmp_er)) {
  for (LoadedAgent* agent : {&dscp_, &ecmp_er_})
    for (const IpAddress& address : {IpAddress(kServiceAddress), IpAddress(kServiceAddress + 2),
                                     kServiceAddress6, kServiceAddress6 + 2}) {
      agent->guard(address);
      state_.guarded.insert(translate(address));
    }
}

std::optional<AgentDisagreement> AgentDifferential::run(uint64_t packets) {
  for (uint64_t first = 0; first < packets; first += kPacketsOfState)
    if (auto disagreement = run_state(first, std::min(packets, first + kPacketsOfState)))
      return disagreement;
  return std::nullopt;
}

std::optional<AgentDisagreement> AgentDifferential::run_case(uint64_t number) {
  return run_state(number / kPacketsOfState * kPacketsOfState, number + 1);
}

void AgentDifferential::begin_state(uint64_t number) {
  if (!scene_ || packets_of_scene_ >= kPacketsOfScene) {
    scene_.reset();  // its listeners first, for the next one's have the same ports
    scene_ = std::make_unique<SocketScene>(wire_);
    packets_of_scene_ = 0;
  }
  packets_of_scene_ += kPacketsOfState;
  Random random(seed_, kStates, number / kPacketsOfState);
  const bool ecmp_er = random.chance(30);
  agent_ = ecmp_er ? &ecmp_er_ : &dscp_;
  state_.mark_mode = ecmp_er ? reference::MarkMode::ecmp_er : reference::MarkMode::dscp;
  state_.sockets = scene_->sockets();
  lay_bounced(random);
  set_bounces(random.chance(75) ? kBouncesEnough : random.below(200));
}

// In place of those of the last state, also of the other program.
void AgentDifferential::lay_bounced(Random& random) {
  for (const reference::FragmentKey& key : state_.bounced)
    for (const LoadedAgent* agent : {&dscp_, &ecmp_er_}) forget(*agent, key);
  state_.bounced.clear();
  for (uint32_t i = random.below(8); i > 0; i--) {
    const auto& connection = random.one_of(state_.sockets.connections);
    const bool is_ipv4 = connection.local.address.is_ipv4();
    const reference::FragmentKey key{connection.remote.address, connection.local.address,
                                     some_id(random, connection.local.address),
                                     is_ipv4 ? reference::kTcpProtocol : uint8_t{0}};
    state_.bounced.insert(key);
    note(*agent_, key);
  }
}

// Of a first fragment: whether its later ones would be bounced now. As laid again after it.
bool AgentDifferential::has_note(const Bytes& frame) {
  const auto key = reference::first_fragment_key(frame);
  if (!key) return false;
  const bool noted = forget(*agent_, *key);
  if (state_.bounced.contains(*key)) note(*agent_, *key);
  return noted;
}

void AgentDifferential::spend_bounce(const Outcome& expected) {
  if (expected.counted.contains(kAgentCounterNames[RCH_AGENT_BOUNCE])) state_.bounces_left--;
}

void AgentDifferential::set_bounces(uint64_t bounces) {
  state_.bounces_left = bounces;
  agent_->set_budget({.bounces = bounces, .refilled_ns = 0});
}

Bytes AgentDifferential::frame_of(uint64_t number) const {
  Random random(seed_, kFrames, number);
  return random_agent_frame(random, state_);
}

std::optional<AgentDisagreement> AgentDifferential::run_state(uint64_t first, uint64_t end) {
  begin_state(first);
  const uint64_t bounces = state_.bounces_left;
  const auto before = agent_->counters();
  std::map<std::string, uint64_t> sums;
  for (uint64_t number = first; number < end; number++) {
    const Bytes frame = frame_of(number);
    const AgentDecision decision = model_(state_, frame);
    const Outcome expected = outcome_of(decision);
    const XdpResult result = run_xdp(agent_->program_fd(), frame, wire_.ifindex());
    if (result.action != expected.action || result.packet != expected.packet ||
        has_note(frame) != note_after(state_, frame, decision))
      return report(number, frame);
    for (const auto& [name, count] : expected.counted) {
      sums[name] += count;
      seen_[name] += count;
    }
    spend_bounce(expected);
  }
  if (risen(before, agent_->counters()) == sums) return std::nullopt;
  set_bounces(bounces);
  auto disagreement = search(first, end);
  if (!disagreement)
    throw std::runtime_error(fmt::format(
        "counters of cases {} to {} differ in sum, and of no case alone", first, end - 1));
  return disagreement;
}

std::optional<AgentDisagreement> AgentDifferential::search(uint64_t first, uint64_t end) {
  for (uint64_t number = first; number < end; number++) {
    const Bytes frame = frame_of(number);
    if (disagree(frame)) return report(number, frame);
    spend_bounce(expect(frame));
  }
  return std::nullopt;
}

Outcome AgentDifferential::observe(const Bytes& frame) {
  const auto before = agent_->counters();
  XdpResult result = run_xdp(agent_->program_fd(), frame, wire_.ifindex());
  return {.action = result.action,
          .packet = std::move(result.packet),
          .counted = risen(before, agent_->counters()),
          .traffic = {}};
}

Outcome AgentDifferential::expect(const Bytes& frame) const {
  return outcome_of(model_(state_, frame));
}

// With the bounces that the model has left.
bool AgentDifferential::disagree(const Bytes& frame) {
  set_bounces(state_.bounces_left);
  const bool same = observe(frame) == expect(frame);
  return has_note(frame) != note_after(state_, frame, model_(state_, frame)) || !same;
}

AgentDisagreement AgentDifferential::report(uint64_t number, const Bytes& found) {
  AgentDisagreement report{
      .number = number, .state = state_, .smallest = found, .model = {}, .program = {}};
  report.smallest = shrink_frame(found, [&](const Bytes& frame) { return disagree(frame); });
  set_bounces(state_.bounces_left);
  report.model = expect(report.smallest);
  report.program = observe(report.smallest);
  return report;
}

std::string describe(const AgentDisagreement& disagreement, const std::string& rerun) {
  std::ostringstream model, program;
  model << disagreement.model;
  program << disagreement.program;
  return fmt::format(
      "the program and the model disagree about case {}; to run it again:\n  {}\n"
      "made as small as it still shows, the packet is:\n  {}"
      "state:\n{}the model says: {}\nthe program does: {}\n",
      disagreement.number, rerun, describe_frame(disagreement.smallest),
      describe(disagreement.state), model.str(), program.str());
}

}  // namespace ricochet::test
