// SPDX-License-Identifier: Apache-2.0
#include "capture/verdict.h"

#include <array>
#include <span>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

#define RCH_VERDICT(constant, name, meaning) Verdict{name, meaning},
constexpr std::array kRouterVerdicts{RCH_ROUTER_VERDICTS(RCH_VERDICT)};
constexpr std::array kAgentVerdicts{RCH_AGENT_VERDICTS(RCH_VERDICT)};
#undef RCH_VERDICT

}  // namespace

std::optional<Verdict> find_verdict(TapProgram program, uint8_t number) {
  const std::span<const Verdict> verdicts =
      program == TapProgram::router ? std::span<const Verdict>(kRouterVerdicts) : kAgentVerdicts;
  if (number >= verdicts.size()) return std::nullopt;
  return verdicts[number];
}

}  // namespace ricochet
