// SPDX-License-Identifier: Apache-2.0
#include "config/json_text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace ricochet {
namespace {

constexpr size_t kDepthMax = 32;

// A key that the object has more than once, if any.
const std::string* find_twice(const OrderedJson::object_t& object) {
  std::vector<const std::string*> keys;
  keys.reserve(object.size());
  for (const auto& member : object) keys.push_back(&member.first);
  const auto text = [](const std::string* key) -> const std::string& { return *key; };
  std::ranges::sort(keys, {}, text);
  const auto twice = std::ranges::adjacent_find(keys, {}, text);
  return twice == keys.end() ? nullptr : *twice;
}

// Builds the value from the parser's events. A function that returns false ends the parsing.
class Builder : public nlohmann::json_sax<OrderedJson> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return fail("no binary values in JSON"); }

  bool start_object(size_t /*count*/) override { return open(true); }
  bool start_array(size_t /*count*/) override { return open(false); }
  bool end_object() override { return close_object(); }
  bool end_array() override { return close_array(); }

  bool key(string_t& value) override {
    open_.back().keys.push_back(std::move(value));
    return true;
  }

  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& exception) override {
    // Behind nlohmann's "[json.exception.parse_error.101] ".
    const std::string_view text = exception.what();
    const size_t start = text.find("] ");
    return fail(std::string(start == std::string_view::npos ? text : text.substr(start + 2)));
  }

  [[nodiscard]] const std::string& failure() const { return failure_; }
  OrderedJson take() { return std::move(root_); }

 private:
  // An object or a list whose end has not come yet. An object is made of its parts at the end, when
  // their number is known, because one that grows copies all that it has.
  struct Open {
    bool is_object;
    std::vector<std::string> keys;
    std::vector<OrderedJson> values;
  };

  bool fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  bool open(bool is_object) {
    if (open_.size() == kDepthMax) return fail("it is nested too deep");
    open_.push_back({is_object, {}, {}});
    return true;
  }

  bool close_object() {
    Open ended = std::move(open_.back());
    open_.pop_back();
    OrderedJson json = OrderedJson::object();
    auto& object = json.get_ref<OrderedJson::object_t&>();
    object.reserve(ended.keys.size());
    for (size_t index = 0; index < ended.keys.size(); ++index) {
      object.emplace_back(std::move(ended.keys[index]), std::move(ended.values[index]));
    }
    if (const std::string* key = find_twice(object)) return fail("the key '" + *key + "' twice");
    return add(std::move(json));
  }

  bool close_array() {
    OrderedJson json = OrderedJson::array();
    json.get_ref<OrderedJson::array_t&>() = std::move(open_.back().values);
    open_.pop_back();
    return add(std::move(json));
  }

  bool add(OrderedJson value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().values.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Open> open_;
  OrderedJson root_;
  std::string failure_;
};

}  // namespace

Result<OrderedJson> parse_json(std::string_view text) {
  Builder builder;
  if (!OrderedJson::sax_parse(text, &builder)) {
    return error("this is not JSON that can be read: {}", builder.failure());
  }
  return builder.take();
}

}  // namespace ricochet
