// SPDX-License-Identifier: Apache-2.0
//
// The log of generations and the neighbours of one router, in one SQLite file. What a call
// returned ok for survives a crash of the process and of the machine.
#pragma once

#include <filesystem>
#include <vector>

#include "store/generation.h"
#include "store/sqlite.h"

namespace ricochet {

class GenerationStore {
 public:
  // Creates the file (its directory must exist) or opens it. Refuses a file that was made with
  // other settings, because with those every connection would move.
  static Result<GenerationStore> open(const std::filesystem::path& path, const Settings& settings);

  // The whole log, oldest first.
  Result<std::vector<Generation>> load_generations();
  Result<Neighbours> load_neighbours();

  // generation.number is the last one's plus 1.
  Result<void> append(const Generation& generation);

  Result<void> set_neighbour(Ipv4Address address, const Neighbour& neighbour);
  Result<void> remove_neighbour(Ipv4Address address);
  Result<void> remove_all_neighbours();

 private:
  GenerationStore(Database database, std::filesystem::path path)
      : database_(std::move(database)), path_(std::move(path)) {}

  Result<int64_t> read_schema_version();
  Result<void> prepare_schema();
  Result<void> adopt_settings(const Settings& settings);
  Result<void> write_settings(const Settings& settings);
  [[nodiscard]] Error failed(std::string_view doing, const Error& cause) const;

  Database database_;
  std::filesystem::path path_;
};

}  // namespace ricochet
