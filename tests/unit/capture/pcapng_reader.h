// SPDX-License-Identifier: Apache-2.0
//
// A strict reader of pcapng files in this machine's byte order, for tests: it takes no code of
// the writer, and throws where a file does not hold together.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ricochet::testing {

struct PcapngBlock {
  uint32_t type = 0;
  std::string body;
};

inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("pcapng: " + what);
}

template <class T>
T number_at(const std::string& bytes, size_t offset) {
  require(offset + sizeof(T) <= bytes.size(), "a field is cut short");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

inline std::vector<PcapngBlock> read_blocks(const std::string& file) {
  std::vector<PcapngBlock> blocks;
  for (size_t at = 0; at < file.size();) {
    const auto length = number_at<uint32_t>(file, at + 4);
    require(length >= 12 && length % 4 == 0 && at + length <= file.size(), "length of a block");
    require(number_at<uint32_t>(file, at + length - 4) == length, "the two lengths differ");
    blocks.push_back({number_at<uint32_t>(file, at), file.substr(at + 8, length - 12)});
    at += length;
  }
  return blocks;
}

// Code -> value of the options that start at `at` and must fill the rest of the body.
inline std::map<uint16_t, std::string> read_options(const std::string& body, size_t at) {
  std::map<uint16_t, std::string> options;
  while (true) {
    const auto code = number_at<uint16_t>(body, at);
    const auto length = number_at<uint16_t>(body, at + 2);
    at += 4;
    if (code == 0) break;
    require(at + length <= body.size(), "an option is cut short");
    require(options.emplace(code, body.substr(at, length)).second, "an option comes twice");
    at += (length + 3u) / 4 * 4;
  }
  require(at == body.size(), "bytes after the last option");
  return options;
}

}  // namespace ricochet::testing
