// SPDX-License-Identifier: Apache-2.0
#include "config/nearest_word.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ricochet {
namespace {

// Edits that make one of the other: a letter added, removed or replaced, two neighbours swapped.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> two_above(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
    std::swap(two_above, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view text,
                                             std::span<const std::string_view> words) {
  constexpr size_t kLengthMax = 32;  // of a word that is worth comparing
  if (text.size() > kLengthMax) return std::nullopt;
  std::optional<std::string_view> nearest;
  size_t best = std::max<size_t>(1, text.size() / 3) + 1;
  for (const std::string_view word : words) {
    const size_t edits = distance(text, word);
    if (edits >= best) continue;
    best = edits;
    nearest = word;
  }
  return nearest;
}

}  // namespace ricochet
