// SPDX-License-Identifier: Apache-2.0
//
// The configuration file: whatever is taken is written as a file that is taken for the same.
#include <cstdint>
#include <string>

#include "config/file.h"
#include "require.h"

using ricochet::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto file = ricochet::parse_configuration_file(text, "input");
  if (!file) {
    require(file.error().message.starts_with("input:"), "an error names the file");
    return 0;
  }
  const auto again = ricochet::parse_configuration_file(ricochet::to_yaml(*file), "export");
  require(again.ok(), "what is written is read");
  require(again->configuration == file->configuration, "the same configuration");
  require(again->router == file->router, "the same settings");
  return 0;
}
