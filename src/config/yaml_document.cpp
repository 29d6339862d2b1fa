// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "config/yaml_scalar.h"

namespace ricochet {
namespace {

using YAML::Mark;

constexpr size_t kDepthMax = 32;

size_t line_at(const Mark& mark) {
  return static_cast<size_t>(std::max(mark.line, 0)) + 1;
}

struct Refusal {
  size_t line;
  std::string message;
};

// Builds the document from the parser's events. Throws Refusal, since the parser knows no other way
// to end early.
class Builder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (expects_key()) throw Refusal{line_at(mark), "a key is missing; quote it if it is `null`"};
    add({nullptr, {.key = {}, .line = line_at(mark), .children = {}}});
  }

  void OnAlias(const Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refusal{line_at(mark), "aliases (*name) are not used here: write the value again"};
  }

  void OnScalar(const Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    constexpr std::string_view kQuoted = "!";
    refuse_anchor(mark, anchor);
    if (tag != kQuoted) refuse_tag(mark, tag);
    if (expects_key()) {
      begin_member(mark, value);
    } else {
      add({tag == kQuoted ? OrderedJson(value) : plain_scalar(value),
           {.key = {}, .line = line_at(mark), .children = {}}});
    }
  }

  void OnSequenceStart(const Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, false);
  }
  void OnMapStart(const Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, true);
  }

  void OnSequenceEnd() override {
    Open ended = take_last();
    OrderedJson json = OrderedJson::array();
    json.get_ref<OrderedJson::array_t&>() = std::move(ended.values);
    add({std::move(json), {.key = {}, .line = ended.line, .children = {}}});
  }

  // An object that grows copies all that it has, so it is made when its size is known.
  void OnMapEnd() override {
    Open ended = take_last();
    OrderedJson json = OrderedJson::object();
    auto& object = json.get_ref<OrderedJson::object_t&>();
    object.reserve(ended.values.size());
    for (size_t index = 0; index < ended.values.size(); ++index) {
      object.emplace_back(ended.members[index].key, std::move(ended.values[index]));
    }
    add({std::move(json), {.key = {}, .line = ended.line, .children = std::move(ended.members)}});
  }

  YamlDocument take() { return {std::move(root_.json), std::move(root_.lines)}; }

 private:
  struct Value {
    OrderedJson json;
    KeyLine lines;
  };

  // A mapping or a list whose end has not come yet.
  struct Open {
    bool is_map = false;
    size_t line = 1;
    std::vector<KeyLine> members;  // of a mapping: one more than values while one is expected
    std::vector<OrderedJson> values;
    std::unordered_map<std::string, size_t> seen;  // keys and their lines
  };

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().is_map &&
           open_.back().members.size() == open_.back().values.size();
  }

  static void refuse_anchor(const Mark& mark, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    throw Refusal{line_at(mark), "anchors (&name) are not used here: write the value again"};
  }

  static void refuse_tag(const Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?") return;
    throw Refusal{line_at(mark), "tags (!name) are not used here: quote what is a string"};
  }

  void begin_member(const Mark& mark, const std::string& key) {
    Open& map = open_.back();
    const auto [seen, added] = map.seen.emplace(key, line_at(mark));
    if (!added) {
      throw Refusal{line_at(mark),
                    fmt::format("the key '{}' is there twice, first in line {}: leave one of them "
                                "out",
                                key, seen->second)};
    }
    map.members.push_back({key, line_at(mark), {}});
  }

  void open(const Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) throw Refusal{line_at(mark), "a key is a single word, no list or mapping"};
    if (open_.size() == kDepthMax) throw Refusal{line_at(mark), "this is nested too deep"};
    open_.push_back({is_map, line_at(mark), {}, {}, {}});
  }

  Open take_last() {
    Open last = std::move(open_.back());
    open_.pop_back();
    return last;
  }

  void add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      root_.lines.line = 1;
      return;
    }
    Open& parent = open_.back();
    if (parent.is_map) parent.members.back().children = std::move(value.lines.children);
    parent.values.push_back(std::move(value.json));
  }

  std::vector<Open> open_;
  Value root_;
};

Result<YamlDocument> refused(std::string_view file, size_t line, std::string_view message) {
  return error("{}:{}: {}", file, line, message);
}

// With the mark of a document's end: without it yaml-cpp takes a quote that is never closed.
std::string ended(std::string_view text) {
  return std::string(text) + (text.ends_with('\n') ? "...\n" : "\n...\n");
}

// As the JSON library judges it, which later writes what is read here.
bool is_utf8(std::string_view text) {
  try {
    (void)OrderedJson(text).dump();
  } catch (const OrderedJson::exception&) {
    return false;
  }
  return true;
}

}  // namespace

Result<YamlDocument> parse_yaml(std::string_view text, std::string_view file) {
  if (!is_utf8(text)) return error("{}: it is not text in UTF-8", file);
  Builder builder;
  try {
    std::istringstream stream(ended(text));
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Builder second;
    if (parser.HandleNextDocument(second)) {
      return error("{}: it has a second document (---): one file is one configuration", file);
    }
  } catch (const Refusal& refusal) {
    return refused(file, refusal.line, refusal.message);
  } catch (const YAML::Exception& exception) {
    return refused(file, line_at(exception.mark), "this is not YAML: " + exception.msg);
  } catch (const std::exception& exception) {
    return error("{}: this is not YAML that can be read: {}", file, exception.what());
  }
  return builder.take();
}

size_t line_of(const KeyLine& root, const Keys& where) {
  const KeyLine* nearest = &root;
  for (const std::string& key : where) {
    const auto found = std::ranges::find(nearest->children, key, &KeyLine::key);
    if (found == nearest->children.end()) break;
    nearest = &*found;
  }
  return nearest->line;
}

}  // namespace ricochet
