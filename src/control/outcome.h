// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ricochet {

// How a command to the controller ended, with a sentence for the person who gave it.
struct Outcome {
  enum class Kind {
    done,
    refused,    // the command is wrong; nothing changed
    not_found,  // it names something that is not there; nothing changed
    failed,     // the machine failed; the message says what holds now
  };

  Kind kind = Kind::done;
  std::string message;

  [[nodiscard]] bool ok() const { return kind == Kind::done; }
};

}  // namespace ricochet
