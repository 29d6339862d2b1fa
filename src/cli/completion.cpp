// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <algorithm>
#include <optional>

#include "cli/arguments.h"

namespace ricochet {
namespace {

using Words = std::vector<std::string>;

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// The choices of CLI::IsMember, which is known only by its description: "TEXT:{tcp,udp}".
Words choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{');
  const size_t end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

// Where on the command line the last word is.
class Position {
 public:
  explicit Position(const CLI::App& app) : app_(&app) {}

  void step(const std::string& word) {
    if (pending_ != nullptr) {
      take_value(*pending_, word);
      pending_ = nullptr;
    } else if (word.starts_with('-')) {
      step_option(word);
    } else {
      step_word(word);
    }
  }

  [[nodiscard]] Words candidates(const std::string& word, const NameSource& names) const {
    if (pending_ != nullptr) return values_of(*pending_, names);
    if (word.starts_with('-')) return options();
    Words found;
    for (const CLI::App* command : subcommands_of(*app_)) {
      if (!command->get_group().empty()) found.push_back(command->get_name());
    }
    if (!found.empty()) return found;
    const CLI::Option* argument = positional(arguments_.size());
    return argument == nullptr ? Words{} : values_of(*argument, names);
  }

 private:
  void step_option(const std::string& word) {
    const size_t equals = word.find('=');
    const CLI::Option* option = app_->get_option_no_throw(word.substr(0, equals));
    if (option == nullptr || option->get_items_expected_max() == 0) return;
    if (equals == std::string::npos) {
      pending_ = option;
    } else {
      take_value(*option, word.substr(equals + 1));
    }
  }

  void step_word(const std::string& word) {
    for (const CLI::App* command : subcommands_of(*app_)) {
      if (!command->check_name(word)) continue;
      app_ = command;
      arguments_.clear();
      return;
    }
    arguments_.push_back(word);
  }

  // Where to ask for names.
  void take_value(const CLI::Option& option, const std::string& value) {
    if (option.check_lname("api")) api_.api = value;
    if (option.get_type_name() == "DIR") api_.state_dir = value;
  }

  [[nodiscard]] Words options() const {
    Words found;
    for (const CLI::Option* option : app_->get_options()) {
      for (const std::string& name : option->get_lnames()) found.push_back("--" + name);
    }
    return found;
  }

  [[nodiscard]] const CLI::Option* positional(size_t index) const {
    for (const CLI::Option* option : app_->get_options()) {
      if (option->get_positional() && index-- == 0) return option;
    }
    return nullptr;
  }

  [[nodiscard]] Words values_of(const CLI::Option& option, const NameSource& names) const {
    if (auto choices = choices_of(option); !choices.empty()) return choices;
    const std::string kind =
        option.get_positional() ? option.get_single_name() : option.get_type_name();
    return names(kind, arguments_.empty() ? std::string() : arguments_.front(), api_);
  }

  const CLI::App* app_;
  const CLI::Option* pending_ = nullptr;  // whose value comes next
  Words arguments_;                       // positional ones before the last word
  ApiOptions api_;
};

}  // namespace

Words complete(const CLI::App& app, const Words& words, const NameSource& names) {
  if (words.empty()) return {};
  Position position(app);
  for (size_t i = 0; i + 1 < words.size(); ++i) position.step(words[i]);
  Words found = position.candidates(words.back(), names);
  std::erase_if(found, [&](const std::string& word) { return !word.starts_with(words.back()); });
  std::ranges::sort(found);
  return found;
}

}  // namespace ricochet
