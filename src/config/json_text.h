// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "config/decode_result.h"
#include "util/result.h"

namespace ricochet {

// Unlike OrderedJson::parse it refuses a key that an object has twice and what is nested deeper
// than 32, and takes time in proportion to the text (OrderedJson searches an object from its
// beginning for each key that is added).
Result<OrderedJson> parse_json(std::string_view text);

}  // namespace ricochet
