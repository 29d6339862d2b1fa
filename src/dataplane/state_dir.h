// SPDX-License-Identifier: Apache-2.0
//
// The directory of one router or agent: its pins, store and lock.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"

namespace ricochet {

// DIR/bpf is on a bpffs and holds the pins: each map as maps/<its name>, and each link as
// link_<interface>, with a colon for a dot. DIR itself is an ordinary directory.
class StateDir {
 public:
  // Creates what is missing and mounts a bpffs at DIR/bpf unless there is one already.
  static Result<StateDir> create(const std::filesystem::path& dir);
  // For readers: an error if no daemon ever ran with this directory.
  static Result<StateDir> open(const std::filesystem::path& dir);

  [[nodiscard]] const std::filesystem::path& path() const { return dir_; }
  [[nodiscard]] std::filesystem::path pins() const { return dir_ / "bpf"; }
  [[nodiscard]] std::filesystem::path pin(std::string_view map) const {
    return pins() / "maps" / map;
  }
  [[nodiscard]] std::filesystem::path link_pin(std::string_view interface) const;

  // The maps change together: new ones are pinned beside those in force, unseen by others, and take
  // their place in one step, whenever this process dies.
  [[nodiscard]] Result<void> begin_pins() const;
  [[nodiscard]] std::filesystem::path new_pin(std::string_view map) const {
    return pins() / "new_maps" / map;
  }
  [[nodiscard]] Result<void> commit_pins() const;
  // Removes what a begin_pins() without commit_pins() left.
  void abandon_pins() const;

  // Interfaces with a pinned link.
  [[nodiscard]] std::vector<std::string> linked_interfaces() const;

  // Removes the links' pins: the programs leave the interfaces, whose names it returns. Maps stay.
  [[nodiscard]] Result<std::vector<std::string>> detach() const;
  [[nodiscard]] bool has_pins() const;
  // Removes all pins, which takes the programs off. Needs no capability.
  [[nodiscard]] Result<void> remove_pins() const;
  // Removes all pins and the bpffs mount, not the store. An error without the capability to
  // unmount; then the mount stays, empty.
  [[nodiscard]] Result<void> unpin() const;
  // Removes everything: pins, the bpffs mount, the store, and the directory.
  [[nodiscard]] Result<void> purge() const;

 private:
  explicit StateDir(std::filesystem::path dir) : dir_(std::move(dir)) {}
  std::filesystem::path dir_;
};

// Takes back the pins of a start that failed, unless there were some before.
class PinsGuard {
 public:
  explicit PinsGuard(StateDir state) : state_(std::move(state)), armed_(!state_.has_pins()) {}
  PinsGuard(PinsGuard&& other) noexcept
      : state_(std::move(other.state_)), armed_(std::exchange(other.armed_, false)) {}
  PinsGuard& operator=(PinsGuard&&) = delete;
  ~PinsGuard() {
    if (armed_) (void)state_.unpin();
  }
  void keep() { armed_ = false; }

 private:
  StateDir state_;
  bool armed_;
};

}  // namespace ricochet
