// SPDX-License-Identifier: Apache-2.0
//
// The model's values as JSON text, the way they stand in the store. Decoding refuses what it does
// not know, so that a newer record is never half understood.
#pragma once

#include <string>
#include <string_view>

#include "store/generation.h"

namespace ricochet {

std::string encode(const Settings& settings);
Result<Settings> decode_settings(std::string_view text);

// Without the number, which is the record's key.
std::string encode(const Generation& generation);
Result<Generation> decode_generation(uint64_t number, std::string_view text);

}  // namespace ricochet
