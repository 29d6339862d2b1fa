// SPDX-License-Identifier: Apache-2.0
//
// One YAML document as JSON, with the lines of its keys. A subset: aliases, anchors, tags and a
// second document are refused, as are keys that a mapping has twice and nesting deeper than 32.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/decode_result.h"
#include "util/result.h"

namespace ricochet {

// A key, the line where it stands (from 1), and the keys of its value.
struct KeyLine {
  std::string key;
  size_t line = 1;
  std::vector<KeyLine> children;
};

struct YamlDocument {
  OrderedJson root;  // null if the text has none
  KeyLine lines;     // of the root, whose key is empty
};

// The error is "FILE:LINE: what is wrong".
Result<YamlDocument> parse_yaml(std::string_view text, std::string_view file);

// Of the key at `where`, or of the nearest one above it that is there.
size_t line_of(const KeyLine& root, const Keys& where);

}  // namespace ricochet
