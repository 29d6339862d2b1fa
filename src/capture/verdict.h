// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ricochet {

// Which program wrote a tap record, and so what its verdict numbers mean.
enum class TapProgram { router, agent };

struct Verdict {
  std::string_view name;     // "drop_settling"
  std::string_view meaning;  // "past the last owner while a new table settles"
};

// By the numbers of abi/ricochet.h; nothing for a number that is no verdict.
std::optional<Verdict> find_verdict(TapProgram program, uint8_t number);

}  // namespace ricochet
