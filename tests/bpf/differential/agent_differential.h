// SPDX-License-Identifier: Apache-2.0
// Runs random packets through the agent program, on a server of real sockets, and through a model
// of it, and compares: action, packet and all counters, these as sums over some hundred packets.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "agent_model.h"
#include "loaded_agent.h"
#include "random.h"
#include "socket_scene.h"

namespace ricochet::test {

using AgentModel =
    std::function<reference::AgentDecision(const reference::AgentState&, const Bytes& frame)>;

struct AgentDisagreement {
  uint64_t number = 0;  // of the case
  reference::AgentState state;
  Bytes smallest;
  Outcome model;
  Outcome program;
};

class AgentDifferential {
 public:
  // On the network of AgentScene. The thread must stay on its CPU, whose budget of bounces is told
  // to the model.
  AgentDifferential(const Wire& wire, AgentModel model, uint64_t seed);

  // The cases from the first on, to the first about which the two do not agree. A case is the same
  // again in its relation to the sockets, whose own numbers are the kernel's choice.
  std::optional<AgentDisagreement> run(uint64_t packets);
  // One case, after those of its state that spend bounces before it.
  std::optional<AgentDisagreement> run_case(uint64_t number);

  // How often the model came to each verdict and event.
  [[nodiscard]] const std::map<std::string, uint64_t>& seen() const { return seen_; }

 private:
  void begin_state(uint64_t number);
  [[nodiscard]] Bytes frame_of(uint64_t number) const;
  std::optional<AgentDisagreement> run_state(uint64_t first, uint64_t end);
  std::optional<AgentDisagreement> search(uint64_t first, uint64_t end);
  void lay_bounced(Random& random);
  bool has_note(const Bytes& frame);
  void spend_bounce(const Outcome& expected);
  void set_bounces(uint64_t bounces);
  Outcome observe(const Bytes& frame);
  [[nodiscard]] Outcome expect(const Bytes& frame) const;
  bool disagree(const Bytes& frame);
  AgentDisagreement report(uint64_t number, const Bytes& found);

  const Wire& wire_;
  AgentModel model_;
  uint64_t seed_;
  std::unique_ptr<SocketScene> scene_;
  uint64_t packets_of_scene_ = 0;
  LoadedAgent dscp_;
  LoadedAgent ecmp_er_;
  LoadedAgent* agent_ = &dscp_;  // of the present state
  reference::AgentState state_;
  std::map<std::string, uint64_t> seen_;
};

// For people, and how to run the case again.
std::string describe(const AgentDisagreement& disagreement, const std::string& rerun);

}  // namespace ricochet::test
