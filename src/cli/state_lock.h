// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "util/fd.h"
#include "util/result.h"

namespace ricochet {

// Held by the one daemon of a state directory, for as long as this lives; the kernel ends it with
// the process.
class StateLock {
 public:
  // Creates the directory and the file DIR/lock if they are not there. Refuses at once, with the
  // holder's process id, if another process has it.
  static Result<StateLock> acquire(const std::filesystem::path& state_dir);

  // The process id of the daemon that has it, as text, if one has. Creates nothing.
  static std::optional<std::string> holder(const std::filesystem::path& state_dir);

 private:
  explicit StateLock(Fd file) : file_(std::move(file)) {}

  Fd file_;
};

}  // namespace ricochet
