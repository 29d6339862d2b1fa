// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "config/decode_result.h"

namespace ricochet {

// What an unquoted YAML scalar is by the core schema of YAML 1.2: null, true and false, whole
// numbers (also 0x and 0o), numbers, and strings. `no`, `010` (which is 10) and 02:00:00:00:01:09
// are not what YAML 1.1 makes of them.
OrderedJson plain_scalar(std::string_view text);

// The string as a YAML scalar, in quotes if it needs them for any reader.
std::string quoted_if_needed(const std::string& text);

}  // namespace ricochet
