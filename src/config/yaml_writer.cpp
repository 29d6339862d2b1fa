// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/configuration_json.h"
#include "config/file.h"
#include "config/yaml_scalar.h"

namespace ricochet {
namespace {

using Object = OrderedJson::object_t;

// The members that differ from those of `defaults`.
OrderedJson without_defaults(const OrderedJson& json, const OrderedJson& defaults) {
  OrderedJson kept = OrderedJson::object();
  for (const auto& [key, value] : json.items()) {
    if (!defaults.contains(key) || defaults.at(key) != value) kept[key] = value;
  }
  return kept;
}

// In one line, as in {weight: 2, state: dead}.
std::string inline_yaml(const OrderedJson& json) {
  std::string text;
  const auto separate = [&text] { text += text.empty() ? "" : ", "; };
  if (json.is_string()) return quoted_if_needed(json.get_ref<const std::string&>());
  if (json.is_array()) {
    for (const OrderedJson& item : json) {
      separate();
      text += inline_yaml(item);
    }
    return "[" + text + "]";
  }
  if (!json.is_object()) return json.dump();
  for (const auto& [key, value] : json.get_ref<const Object&>()) {
    separate();
    text += quoted_if_needed(key) + ": " + inline_yaml(value);
  }
  return "{" + text + "}";
}

class Writer {
 public:
  // A line KEY: VALUE; without a value the begin of a block.
  void line(size_t depth, const std::string& key, const std::string& value = "") {
    text_ += std::string(2 * depth, ' ') + key + (value.empty() ? ":" : ": " + value) + "\n";
  }
  void blank_line() { text_ += '\n'; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// An address or a service as the key of a block. One of IPv6 has more than one colon, or a bracket,
// which mean something else to YAML at some places.
std::string block_key(const std::string& text) {
  return text.find(':') == text.rfind(':') ? text : OrderedJson(text).dump();
}

void write_pool(Writer& writer, const std::string& name, const Pool& pool) {
  Pool empty = pool;
  empty.backends.clear();
  const OrderedJson table = without_defaults(to_json(empty), to_json(Pool{}));
  if (table.empty() && pool.backends.empty()) {
    writer.line(1, quoted_if_needed(name), "{}");
    return;
  }
  writer.line(1, quoted_if_needed(name));
  for (const auto& [key, value] : table.items()) writer.line(2, key, inline_yaml(value));
  if (pool.backends.empty()) return;
  writer.line(2, "backends");
  const OrderedJson defaults = to_json(Backend{});
  for (const Backend& backend : pool.backends) {
    writer.line(3, block_key(name_of(backend.address)),
                inline_yaml(without_defaults(to_json(backend), defaults)));
  }
}

}  // namespace

std::string to_yaml(const ConfigurationFile& file) {
  Writer writer;
  writer.line(0, "version", std::to_string(kFileVersion));
  const auto section = [&writer](const char* name, bool is_empty) {
    if (is_empty) return;
    writer.blank_line();
    writer.line(0, name);
  };
  const OrderedJson router = to_json(file.router);
  section("router", router.empty());
  for (const auto& [key, value] : router.items()) writer.line(1, key, inline_yaml(value));
  section("pools", file.configuration.pools.empty());
  for (const auto& [name, pool] : file.configuration.pools) write_pool(writer, name, pool);
  section("services", file.configuration.services.empty());
  const OrderedJson service_defaults = to_json(Service{});  // its pool is none that a service has
  for (const auto& [key, service] : file.configuration.services) {
    writer.line(1, block_key(to_string(key)),
                inline_yaml(without_defaults(to_json(service), service_defaults)));
  }
  section("neighbours", file.configuration.neighbours.empty());
  for (const auto& [address, neighbour] : file.configuration.neighbours) {
    writer.line(1, block_key(address.to_string()), inline_yaml(to_json(neighbour)));
  }
  return writer.take();
}

}  // namespace ricochet
