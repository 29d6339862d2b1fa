// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "config/configuration_json.h"
#include "config/file.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::ifstream stream(std::filesystem::path(RICOCHET_SOURCE_DIR) / path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

const OrderedJson::object_t& properties_of(const OrderedJson& schema) {
  return schema.at("properties").get_ref<const OrderedJson::object_t&>();
}

// What to_json() writes by default must be what the schema says.
void expect_defaults(const OrderedJson& schema, const OrderedJson& json) {
  EXPECT_EQ(properties_of(schema).size(), json.size());
  for (const auto& [key, property] : properties_of(schema)) {
    ASSERT_TRUE(json.contains(key)) << key;
    if (!property.contains("default")) continue;
    EXPECT_EQ(property.at("default"), json.at(key)) << key;
  }
}

// The decoder takes what the schema allows, and nothing just beyond it.
void expect_same_ranges(const OrderedJson& schema,
                        const std::function<bool(const OrderedJson&)>& is_taken) {
  for (const auto& [key, property] : properties_of(schema)) {
    const auto takes = [&, name = key](const OrderedJson& value) {
      return is_taken(OrderedJson{{name, value}});
    };
    if (property.contains("enum")) {
      for (const OrderedJson& value : property.at("enum"))
        EXPECT_TRUE(takes(value)) << key << value;
      EXPECT_FALSE(takes("other")) << key;
    }
    if (!property.contains("minimum")) continue;
    const auto first = property.at("minimum").get<uint64_t>();
    const auto last = property.at("maximum").get<uint64_t>();
    EXPECT_TRUE(takes(first) && takes(last)) << key;
    EXPECT_FALSE(first > 0 && takes(first - 1)) << key;
    EXPECT_FALSE(last < UINT64_MAX && takes(last + 1)) << key;
  }
}

TEST(SchemaTest, HasTheKeysAndDefaultsOfTheModel) {
  expect_defaults(schema_of_backend(), to_json(Backend{.quic_id = *QuicId::parse("0a:01")}));
  expect_defaults(schema_of_pool(), to_json(Pool{}));
  expect_defaults(schema_of_service(), to_json(Service{}));
  expect_defaults(schema_of_neighbour(), to_json(Neighbour{}));
  expect_defaults(schema_of_configuration(), to_json(Configuration{}));
  const RouterSection full{.ports = {{}},
                           .backend_ports = {{}},
                           .listen = "127.0.0.1:5000",
                           .socket = "",
                           .seed = 0,
                           .settle_ms = 1000,
                           .table_memory_mib = 32,
                           .pin_memory_mib = 8,
                           .pin_idle_s = 300,
                           .flow_memory_mib = 8,
                           .flow_idle_s = 120,
                           .source_prefix_ipv4_bits = 24,
                           .source_prefix_ipv6_bits = 56,
                           .learn_neighbours = true,
                           .answer_echo = true,
                           .forward_other = ForwardOther::kernel};
  expect_defaults(schema_of_router_section(), to_json(full));
}

TEST(SchemaTest, HasTheChoicesAndRangesThatAreTaken) {
  expect_same_ranges(schema_of_backend(),
                     [](const OrderedJson& json) { return decode_backend({}, json).ok(); });
  expect_same_ranges(schema_of_pool(),
                     [](const OrderedJson& json) { return decode_pool(json).ok(); });
  expect_same_ranges(schema_of_router_section(),
                     [](const OrderedJson& json) { return decode_router_section(json).ok(); });
}

TEST(SchemaTest, IsWhatIsInstalled) {
  const std::string expected = schema_of_file().dump(2) + "\n";
  if (text_of("packaging/ricochet.schema.json") == expected) return;
  const std::string path = ::testing::TempDir() + "ricochet.schema.json";
  std::ofstream(path) << expected;
  FAIL() << "packaging/ricochet.schema.json is not what src/config/schema.cpp says: cp " << path
         << " packaging/";
}

// Each key has a row | `key` | meaning | default | range | ... in the document.
void expect_rows(const OrderedJson& schema, const std::string& document) {
  for (const auto& [key, property] : properties_of(schema)) {
    const size_t start = document.find(fmt::format("\n| `{}` |", key));
    ASSERT_NE(start, std::string::npos) << "docs/configuration.md has no row of " << key;
    const std::string row = document.substr(start + 1, document.find('\n', start + 1) - start - 1);
    for (const char* fact : {"default", "minimum", "maximum"}) {
      if (!property.contains(fact)) continue;
      const OrderedJson& value = property.at(fact);
      const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
      EXPECT_THAT(row, HasSubstr("`" + shown + "`")) << fact;
    }
    if (!property.contains("enum")) continue;
    for (const OrderedJson& value : property.at("enum")) {
      EXPECT_THAT(row, HasSubstr("`" + value.get<std::string>() + "`"));
    }
  }
}

TEST(SchemaTest, IsInTheDocuments) {
  const std::string document = text_of("docs/configuration.md");
  for (const OrderedJson& schema :
       {schema_of_file(), schema_of_router_section(), schema_of_pool(), schema_of_backend(),
        schema_of_service(), schema_of_neighbour()}) {
    expect_rows(schema, document);
  }
}

TEST(SchemaTest, TheExampleOfTheDocumentsIsRead) {
  const std::string document = text_of("docs/configuration.md");
  const std::string fence = "```yaml\n";
  size_t examples = 0;
  for (size_t start = document.find(fence); start != std::string::npos;
       start = document.find(fence, start)) {
    start += fence.size();
    const auto file = parse_configuration_file(
        document.substr(start, document.find("```", start) - start), "example");
    EXPECT_TRUE(file.ok()) << file.error().message;
    ++examples;
  }
  EXPECT_GE(examples, 1u);
}

}  // namespace
}  // namespace ricochet
