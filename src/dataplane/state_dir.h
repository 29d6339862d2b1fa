// SPDX-License-Identifier: Apache-2.0
//
// The directory of one router or agent: its pins, store and lock.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace ricochet {

// DIR/bpf is on a bpffs and holds the pins, each map under its own name and each link as
// link_<interface>. DIR itself is an ordinary directory.
class StateDir {
 public:
  // Creates what is missing and mounts a bpffs at DIR/bpf unless there is one already.
  static Result<StateDir> create(const std::filesystem::path& dir);
  // For readers: an error if no daemon ever ran with this directory.
  static Result<StateDir> open(const std::filesystem::path& dir);

  [[nodiscard]] const std::filesystem::path& path() const { return dir_; }
  [[nodiscard]] std::filesystem::path pins() const { return dir_ / "bpf"; }
  [[nodiscard]] std::filesystem::path pin(std::string_view name) const { return pins() / name; }
  [[nodiscard]] std::filesystem::path link_pin(std::string_view interface) const;

  // Interfaces with a pinned link.
  [[nodiscard]] std::vector<std::string> linked_interfaces() const;

  // Removes the links' pins: the programs leave the interfaces, whose names it returns. Maps stay.
  [[nodiscard]] Result<std::vector<std::string>> detach() const;
  // Removes everything: pins, the bpffs mount, and the directory.
  [[nodiscard]] Result<void> purge() const;

 private:
  explicit StateDir(std::filesystem::path dir) : dir_(std::move(dir)) {}
  std::filesystem::path dir_;
};

}  // namespace ricochet
