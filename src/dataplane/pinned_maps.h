// SPDX-License-Identifier: Apache-2.0
//
// The maps of a program that outlive it: which of them the next program takes over, and when those
// that it brings take the place of the pinned ones.
#pragma once

#include <bpf/libbpf.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "dataplane/state_dir.h"
#include "util/fd.h"
#include "util/result.h"

namespace ricochet {

// A pinned map is taken over if its layout (type, sizes of key and value, entries, flags) is what
// the new program wants.
// - Tables say what the daemon knows and will write again. They refer to each other, so all of them
//   are taken over, or none is; a table of the earlier ones can then be read.
// - Counters each for itself, because one that is not taken over is lost.
// - The pins and the tap's maps each for itself; they hold nothing that is missed for long.
class PinnedMaps {
 public:
  // Between the opening of the object and its load. The pins stay as they are. Where counters would
  // be lost it is an error, which names them, unless allow_loss.
  static Result<PinnedMaps> share(bpf_object* object, const StateDir& state, bool allow_loss);

  // Whether the tables are those that the running program reads; else they are new and empty.
  [[nodiscard]] bool tables_taken_over() const { return tables_taken_over_; }

  // The pinned table of this name that a new one of the same layout takes the place of; else none.
  [[nodiscard]] const Fd& replaced(std::string_view table) const;

  // Pins the object's maps in the place of the earlier ones, in one step. After the load, and when
  // the new program is the one that runs: until then a next start finds the maps that are in use.
  Result<void> pin(const bpf_object* object) const;

 private:
  explicit PinnedMaps(StateDir state) : state_(std::move(state)) {}

  StateDir state_;
  bool tables_taken_over_ = false;
  bool all_taken_over_ = false;
  std::map<std::string, Fd, std::less<>> replaced_;
};

Result<uint32_t> map_entries(int fd);  // the most that it can have

// A map of the programs of this version, for a reader. An error if it is another version's.
Result<Fd> open_pinned_map(const std::filesystem::path& pin, bpf_map_type type,
                           uint32_t value_bytes);

}  // namespace ricochet
