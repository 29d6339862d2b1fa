// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace ricochet {

// The word that `text` may be a slip of; none if no word is near.
std::optional<std::string_view> nearest_word(std::string_view text,
                                             std::span<const std::string_view> words);

}  // namespace ricochet
