// SPDX-License-Identifier: Apache-2.0
#include "model/choices.h"

#include <algorithm>
#include <array>

namespace ricochet {
namespace {

template <class Value>
struct Named {
  Value value;
  std::string_view name;
};

template <class Value, size_t N>
using Names = std::array<Named<Value>, N>;

constexpr Names<Protocol, 3> kProtocols{{
    {Protocol::any, "any"},
    {Protocol::tcp, "tcp"},
    {Protocol::udp, "udp"},
}};
constexpr Names<Placement, 2> kPlacements{{
    {Placement::modulo, "modulo"},
    {Placement::maglev, "maglev"},
}};
constexpr Names<HistoryPolicy, 3> kHistories{{
    {HistoryPolicy::none, "none"},
    {HistoryPolicy::two_tables, "two-tables"},
    {HistoryPolicy::distinct, "distinct"},
}};
constexpr Names<MarkMode, 2> kMarks{{
    {MarkMode::dscp, "dscp"},
    {MarkMode::ecmp_er, "ecmp-er"},
}};
constexpr Names<BackendState, 3> kBackendStates{{
    {BackendState::active, "active"},
    {BackendState::draining, "draining"},
    {BackendState::dead, "dead"},
}};
constexpr Names<AgentUse, 2> kAgentUses{{
    {AgentUse::required, "required"},
    {AgentUse::none, "none"},
}};
constexpr Names<Affinity, 4> kAffinities{{
    {Affinity::flow, "flow"},
    {Affinity::source_ports, "source-ports"},
    {Affinity::source, "source"},
    {Affinity::source_prefix, "source-prefix"},
}};
constexpr Names<ForwardOther, 2> kForwardOthers{{
    {ForwardOther::kernel, "kernel"},
    {ForwardOther::fib, "fib"},
}};

template <class Value, size_t N>
std::string name_of(const Names<Value, N>& names, Value value) {
  const auto found = std::ranges::find(names, value, &Named<Value>::value);
  return found == names.end() ? fmt::format("unknown ({})", static_cast<int>(value))
                              : std::string(found->name);
}

template <class Value, size_t N>
Result<Value> value_of(const Names<Value, N>& names, std::string_view what, std::string_view text) {
  std::string choices;
  for (const auto& named : names) {
    if (named.name == text) return named.value;
    if (!choices.empty()) choices += ", ";
    choices += named.name;
  }
  return error("unknown {} '{}': choose one of {}", what, text, choices);
}

}  // namespace

std::string to_string(Protocol value) {
  return name_of(kProtocols, value);
}
std::string to_string(Placement value) {
  return name_of(kPlacements, value);
}
std::string to_string(HistoryPolicy value) {
  return name_of(kHistories, value);
}
std::string to_string(MarkMode value) {
  return name_of(kMarks, value);
}
std::string to_string(BackendState value) {
  return name_of(kBackendStates, value);
}
std::string to_string(AgentUse value) {
  return name_of(kAgentUses, value);
}
std::string to_string(Affinity value) {
  return name_of(kAffinities, value);
}
std::string to_string(ForwardOther value) {
  return name_of(kForwardOthers, value);
}

Result<Protocol> parse_protocol(std::string_view text) {
  return value_of(kProtocols, "protocol", text);
}
Result<Placement> parse_placement(std::string_view text) {
  return value_of(kPlacements, "placement", text);
}
Result<HistoryPolicy> parse_history(std::string_view text) {
  return value_of(kHistories, "history", text);
}
Result<MarkMode> parse_mark(std::string_view text) {
  return value_of(kMarks, "mark", text);
}
Result<BackendState> parse_backend_state(std::string_view text) {
  return value_of(kBackendStates, "state", text);
}
Result<AgentUse> parse_agent_use(std::string_view text) {
  return value_of(kAgentUses, "agent", text);
}
Result<Affinity> parse_affinity(std::string_view text) {
  return value_of(kAffinities, "affinity", text);
}
Result<ForwardOther> parse_forward_other(std::string_view text) {
  return value_of(kForwardOthers, "forward_other", text);
}

}  // namespace ricochet
