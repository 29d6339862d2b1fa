// SPDX-License-Identifier: Apache-2.0
#include "api/rest_generations.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>

#include "api/parameters.h"
#include "api/rest_parts.h"

namespace ricochet {
namespace {

constexpr int64_t kMsPerS = 1000;

// "2026-11-25T20:18:32.123Z".
std::string to_iso_8601(int64_t time_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(time_ms / kMsPerS),
                     time_ms % kMsPerS);
}

Json to_json(const Generation& generation) {
  Json unreachable = Json::array();
  for (const Address address : generation.unreachable) {
    unreachable.push_back(address.to_string());
  }
  return {{"number", generation.number},      {"time", to_iso_8601(generation.time_ms)},
          {"cause", generation.cause},        {"difference", describe(generation.difference)},
          {"cost", to_json(generation.cost)}, {"unreachable", std::move(unreachable)}};
}

Problem failed(const Error& reason) {
  return {.status = kServerError, .detail = reason.message};
}

Problem not_in_log(uint64_t number, uint64_t generation) {
  return {.status = kNotFound,
          .detail =
              number > generation
                  ? fmt::format("there is no generation {}: the last one is {}", number, generation)
                  : fmt::format("the log does not reach back to generation {}", number)};
}

template <class Key, class Value>
void reverse(std::map<Key, Change<Value>>& changes) {
  for (auto& [key, change] : changes) std::swap(change.before, change.after);
}

// What leads from one generation to another, later one; nothing if the log does not say.
Result<std::optional<Difference>> join_log(const RestCall& call, uint64_t from, uint64_t to,
                                           uint64_t generation) {
  if (from == to) return std::optional(Difference{});
  auto log = call.controller.log(generation - from);
  if (!log) return log.error();
  Difference joined;
  uint64_t reached = from;
  std::ranges::reverse(*log);  // oldest first
  for (const Generation& entry : *log) {
    if (entry.number != reached + 1 || entry.number > to) continue;
    joined = join(joined, entry.difference);
    ++reached;
  }
  if (reached != to) return std::optional<Difference>();
  return std::optional(std::move(joined));
}

}  // namespace

Reply get_generations(const RestCall& call) {
  const auto limit = find_number(call.request.parameters, "limit", 1, kGenerationsShownMax);
  if (!limit) return bad_request(limit.error());
  const auto log = call.controller.log(limit->value_or(kGenerationsShown));
  if (!log) return failed(log.error());
  Json body = Json::array();
  for (const Generation& generation : *log) body.push_back(to_json(generation));
  return Shown{std::move(body), call.controller.view().state->generation};
}

Reply get_generation(const RestCall& call) {
  const auto number = parse_number("generation", call["number"], 1, UINT64_MAX);
  if (!number) return bad_request(number.error());
  const uint64_t generation = call.controller.view().state->generation;
  if (*number > generation) return not_in_log(*number, generation);
  const auto log = call.controller.log(generation - *number + 1);
  if (!log) return failed(log.error());
  const auto found = std::ranges::find(*log, *number, &Generation::number);
  if (found == log->end()) return not_in_log(*number, generation);
  return Shown{to_json(*found), generation};
}

Reply get_difference(const RestCall& call) {
  const uint64_t generation = call.controller.view().state->generation;
  const auto from = find_number(call.request.parameters, "from", 0, UINT64_MAX);
  if (!from) return bad_request(from.error());
  const auto to = find_number(call.request.parameters, "to", 0, UINT64_MAX);
  if (!to) return bad_request(to.error());
  if (!from->has_value()) return Problem{.detail = "say with from which generation it begins at"};

  const uint64_t first = std::min(**from, to->value_or(generation));
  const uint64_t last = std::max(**from, to->value_or(generation));
  if (last > generation) return not_in_log(last, generation);
  auto joined = join_log(call, first, last, generation);
  if (!joined) return failed(joined.error());
  if (!joined->has_value()) return not_in_log(first, generation);
  Difference difference = **std::move(joined);
  if (first != **from) {
    reverse(difference.pools);
    reverse(difference.services);
    reverse(difference.neighbours);
  }
  return Shown{
      {{"from", **from}, {"to", to->value_or(generation)}, {"difference", describe(difference)}},
      generation};
}

}  // namespace ricochet
