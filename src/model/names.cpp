// SPDX-License-Identifier: Apache-2.0
//
// The names of the model's choices, as users write and read them.
#include <algorithm>
#include <array>

#include "model/state.h"

namespace ricochet {
namespace {

template <class Value>
struct Named {
  Value value;
  std::string_view name;
};

template <class Value, size_t N>
using Names = std::array<Named<Value>, N>;

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
constexpr Names<Protocol, 3> kProtocols{{
    {Protocol::any, "any"},
    {Protocol::tcp, "tcp"},
    {Protocol::udp, "udp"},
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

std::string to_string(Placement value) {
  return name_of(kPlacements, value);
}
std::string to_string(HistoryPolicy value) {
  return name_of(kHistories, value);
}
std::string to_string(MarkMode value) {
  return name_of(kMarks, value);
}
std::string to_string(Protocol value) {
  return name_of(kProtocols, value);
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
Result<Protocol> parse_protocol(std::string_view text) {
  return value_of(kProtocols, "protocol", text);
}

std::string to_string(const ServiceKey& key) {
  if (key.protocol == Protocol::any && key.port == 0) return key.prefix.to_string();
  return fmt::format("{} {} port {}", key.prefix.to_string(), to_string(key.protocol), key.port);
}

}  // namespace ricochet
