// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a request's query, read strictly. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/message.h"
#include "util/result.h"

namespace ricochet {

// Digits only, no leading zero, within [min, max]. `what` names it in the error.
Result<uint64_t> parse_number(std::string_view what, std::string_view text, uint64_t min,
                              uint64_t max);

// Refuses parameters that are not known.
Result<void> check_names(const Parameters& parameters, std::span<const std::string_view> known);

// The value of a parameter, none if it is not there. Refuses one that is there twice.
Result<std::optional<std::string>> find_once(const Parameters& parameters, const char* name);
Result<std::optional<uint64_t>> find_number(const Parameters& parameters, const char* name,
                                            uint64_t min, uint64_t max);
// "true" or "false"; false if it is not there.
Result<bool> find_flag(const Parameters& parameters, const char* name);

}  // namespace ricochet
