// SPDX-License-Identifier: Apache-2.0
#include "config/file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/configuration_json.h"
#include "config/object_reader.h"

namespace ricochet {
namespace {

constexpr std::string_view kVersionHint = "begin the file with `version: 1`";

std::optional<Invalid> find_wrong_version(const OrderedJson& root) {
  if (!root.is_object()) {
    return Invalid{{}, fmt::format("keys with values are expected: {}", kVersionHint)};
  }
  const auto version = root.find("version");
  if (version == root.end()) {
    return Invalid{{}, fmt::format("the key 'version' is missing: {}", kVersionHint)};
  }
  if (version->is_number_unsigned() && version->get<uint64_t>() == kFileVersion) return {};
  return Invalid{{"version"},
                 fmt::format("version {} of the file is unknown: this program reads version {}",
                             shown(*version), kFileVersion)};
}

// Takes the member out, so that what is left is judged without it.
OrderedJson take_member(OrderedJson& root, const char* key) {
  const auto found = root.find(key);
  if (found == root.end()) return nullptr;
  OrderedJson value = std::move(*found);
  root.erase(found);
  return value;
}

Result<std::string> read_text(const std::string& path) {
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  try {
    if (stream) return std::string(std::istreambuf_iterator<char>(stream), {});
  } catch (const std::ios_base::failure&) {
    // A directory opens, but cannot be read; errno tells.
  }
  return error("cannot read the configuration file {}: {}", path, std::strerror(errno));
}

// "FILE:LINE: message" of each, in the order of the file.
Error listed(const ConfigurationFile& file, std::vector<Invalid> all) {
  constexpr size_t kShownMax = 20;
  std::ranges::stable_sort(
      all, {}, [&file](const Invalid& invalid) { return line_of(file.lines, invalid.where); });
  std::vector<std::string> lines;
  for (const Invalid& invalid : all) {
    if (lines.size() == kShownMax) break;
    lines.push_back(located(file, invalid));
  }
  if (all.size() > kShownMax) lines.push_back(fmt::format("and {} more", all.size() - kShownMax));
  return error("{}", fmt::join(lines, "\n"));
}

}  // namespace

Result<ConfigurationFile> parse_configuration_file(std::string_view text, const std::string& name) {
  auto document = parse_yaml(text, name);
  if (!document) return document.error();
  ConfigurationFile file;
  file.name = name;
  file.lines = std::move(document->lines);
  OrderedJson root = std::move(document->root);
  if (const auto invalid = find_wrong_version(root)) return error("{}", located(file, *invalid));

  root.erase("version");
  auto router = decode_router_section(take_member(root, "router"), {"router"});
  auto configuration = decode_configuration(root);
  std::vector<Invalid> all;
  if (router) {
    file.router = *std::move(router);
  } else {
    all = router.all_invalid();
  }
  if (configuration) {
    file.configuration = *std::move(configuration);
    if (auto invalid = find_invalid(file.configuration)) all.push_back(*std::move(invalid));
  } else {
    std::ranges::copy(configuration.all_invalid(), std::back_inserter(all));
  }
  if (!all.empty()) return listed(file, std::move(all));
  return file;
}

Result<ConfigurationFile> read_configuration_file(const std::string& path) {
  auto text = read_text(path);
  if (!text) return text.error();
  return parse_configuration_file(*text, path);
}

std::string located(const ConfigurationFile& file, const Invalid& invalid) {
  return fmt::format("{}:{}: {}", file.name, line_of(file.lines, invalid.where), invalid.message);
}

}  // namespace ricochet
