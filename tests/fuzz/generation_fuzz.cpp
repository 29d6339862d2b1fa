// SPDX-License-Identifier: Apache-2.0
//
// Records of the store, which another version or a damaged disk may have written: what is taken
// is written and read again as the same.
#include <cstdint>
#include <string_view>

#include "require.h"
#include "store/codec.h"

using ricochet::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto settings = ricochet::decode_settings(text)) {
    const auto again = ricochet::decode_settings(ricochet::encode(*settings));
    require(again && *again == *settings, "settings are read as they were written");
  }
  if (const auto generation = ricochet::decode_generation(1, text)) {
    const auto again = ricochet::decode_generation(1, ricochet::encode(*generation));
    require(again && *again == *generation, "a generation is read as it was written");
  }
  return 0;
}
