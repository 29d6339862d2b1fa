// SPDX-License-Identifier: Apache-2.0
//
// What each verdict and event means, why it happens and what to do: what `ricochet explain` says.
// docs/packet-path.md says the same in short; whoever changes one changes both.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace ricochet {

// What one of the two programs means by a name.
struct Meaning {
  std::string_view program;  // "router" or "agent"
  std::string_view kind;     // "verdict" or "event"
  std::string_view text;     // as `ricochet status` shows it
};

struct Explanation {
  std::string_view name;
  std::vector<Meaning> meanings;  // one, or two of a name that both programs have
  std::string_view why;           // sentences
  std::string_view advice;        // sentences
};

// Nothing for a name that abi/ricochet.h does not have.
std::optional<Explanation> explain(std::string_view name);

// Each name once: the router's verdicts and events, then the agent's that the router has not.
std::vector<std::string_view> explained_names();

}  // namespace ricochet
