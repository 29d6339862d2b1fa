// SPDX-License-Identifier: Apache-2.0
//
// The part of JSON Schema 2020-12 that the API's document uses; any other keyword is an error, so
// that nothing goes unchecked.
#pragma once

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "api/rest_reply.h"

namespace ricochet {

class JsonSchema {
 public:
  // `document` has what "#/components/..." refers to, and outlives this.
  explicit JsonSchema(const Json& document) : document_(document) {}

  // What of `value` is not as the schema says; empty if all is.
  std::vector<std::string> errors(const Json& schema, const Json& value) {
    errors_.clear();
    check(schema, value, "");
    return errors_;
  }

 private:
  void fail(const std::string& where, const std::string& what) {
    errors_.push_back(where + ": " + what);
  }

  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    return type == "null" && value.is_null();
  }

  void check_type(const Json& type, const Json& value, const std::string& where) {
    const Json types = type.is_array() ? type : Json::array({type});
    for (const Json& one : types) {
      if (has_type(value, one.get<std::string>())) return;
    }
    fail(where, "is no " + types.dump() + ": " + value.dump());
  }

  void check_members(const Json& schema, const Json& value, const std::string& where) {
    const Json properties = schema.value("properties", Json::object());
    const Json names = schema.value("propertyNames", Json::object());
    if (value.size() > schema.value("maxProperties", value.size())) fail(where, "has too many");
    for (const auto& [name, member] : value.items()) {
      check(names, name, where);
      if (properties.contains(name)) {
        check(properties[name], member, where + "/" + name);
      } else if (schema.contains("additionalProperties")) {
        const Json& others = schema["additionalProperties"];
        if (others.is_boolean()) {
          if (!others.get<bool>()) fail(where, "has a member " + name);
        } else {
          check(others, member, where + "/" + name);
        }
      }
    }
  }

  void check(const Json& schema, const Json& value, const std::string& where) {
    static const std::set<std::string> kKnown = {
        "$ref",         "type",          "enum",
        "required",     "properties",    "additionalProperties",
        "items",        "minimum",       "maximum",
        "pattern",      "format",        "description",
        "default",      "title",         "minLength",
        "maxLength",    "propertyNames", "examples",
        "maxProperties"};
    for (const auto& [keyword, content] : schema.items()) {
      if (!kKnown.contains(keyword)) fail(where, "keyword " + keyword + " is not checked");
    }
    if (schema.contains("$ref")) {
      const std::string target = schema["$ref"].get<std::string>().substr(1);
      check(document_.at(Json::json_pointer(target)), value, where);
    }
    if (schema.contains("type")) check_type(schema["type"], value, where);
    if (schema.contains("enum")) {
      const Json& choices = schema["enum"];
      if (std::ranges::find(choices, value) == choices.end()) {
        fail(where, value.dump() + " is none of " + choices.dump());
      }
    }
    if (value.is_number() && value < schema.value("minimum", value)) fail(where, "is too small");
    if (value.is_number() && value > schema.value("maximum", value)) fail(where, "is too large");
    if (value.is_string() && schema.contains("pattern") &&
        !std::regex_search(value.get<std::string>(),
                           std::regex(schema["pattern"].get<std::string>()))) {
      fail(where, value.dump() + " does not match " + schema["pattern"].dump());
    }
    if (value.is_object()) {
      for (const Json& name : schema.value("required", Json::array())) {
        if (!value.contains(name.get<std::string>())) fail(where, "has no " + name.dump());
      }
      check_members(schema, value, where);
    }
    if (value.is_array() && schema.contains("items")) {
      for (size_t i = 0; i < value.size(); ++i) {
        check(schema["items"], value[i], where + "/" + std::to_string(i));
      }
    }
  }

  const Json& document_;
  std::vector<std::string> errors_;
};

}  // namespace ricochet
