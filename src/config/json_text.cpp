// SPDX-License-Identifier: Apache-2.0
#include "config/json_text.h"

#include <string>
#include <unordered_set>
#include <vector>

namespace ricochet {
namespace {

constexpr size_t kDepthMax = 32;

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

  bool start_object(size_t /*count*/) override { return open(OrderedJson::object()); }
  bool start_array(size_t /*count*/) override { return open(OrderedJson::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    if (!open_.back().keys.insert(value).second) return fail("the key '" + value + "' twice");
    open_.back().key = std::move(value);
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
  struct Open {
    OrderedJson value;
    std::string key;  // of the member that comes next
    std::unordered_set<std::string> keys;
  };

  bool fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  bool open(OrderedJson value) {
    if (open_.size() == kDepthMax) return fail("it is nested too deep");
    open_.push_back({std::move(value), {}, {}});
    return true;
  }

  bool close() {
    OrderedJson value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(OrderedJson value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& parent = open_.back(); parent.value.is_object()) {
      parent.value.get_ref<OrderedJson::object_t&>().emplace_back(std::move(parent.key),
                                                                  std::move(value));
    } else {
      parent.value.push_back(std::move(value));
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
