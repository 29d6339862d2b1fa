// SPDX-License-Identifier: Apache-2.0
//
// The log of generations of one router, in one SQLite file, and a snapshot of what its older part
// comes to, so that neither the file nor a start grows with the router's age. What a call returned
// ok for survives a crash of the process and of the machine.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "generation/router_state.h"
#include "store/sqlite.h"

namespace ricochet {

// A snapshot is due after so much since the last one, so that a start has little to fold.
inline constexpr uint64_t kRecordsPerSnapshot = 64;
inline constexpr uint64_t kRecordBytesPerSnapshot = 4 << 20;
// Records that a snapshot made superfluous are kept for people, up to both of these.
inline constexpr uint64_t kRecordsKept = 1000;
inline constexpr uint64_t kRecordBytesKept = 16 << 20;

class GenerationStore {
 public:
  // Creates the file (its directory must exist) or opens it. Refuses another seed than that of the
  // first generation, because with that every connection would move.
  static Result<GenerationStore> open(const std::filesystem::path& path, uint64_t seed);

  // Nothing was ever recorded.
  [[nodiscard]] bool empty() const { return last_number_ == 0; }

  // The newest snapshot and what the records after it made of it. Refuses what is damaged and what
  // cannot be folded, and says which generation it is.
  Result<RouterState> load();

  // generation.number is the last one's plus 1.
  Result<void> append(const Generation& generation);

  [[nodiscard]] bool snapshot_is_due() const;
  // The state that load() would give now, or did before later records. Deletes older records
  // beyond those kept. Buckets are written only of tables that are not the object that the last
  // snapshot had.
  Result<void> save_snapshot(const RouterState& state);

  // The newest records, newest first.
  Result<std::vector<Generation>> log(uint64_t limit);

 private:
  GenerationStore(Database database, std::filesystem::path path)
      : database_(std::move(database)), path_(std::move(path)) {}

  Result<void> prepare_schema();
  Result<void> create_schema();
  Result<void> write_seed(uint64_t seed);
  Result<void> check_seed(uint64_t seed);
  Result<void> read_position();
  Result<RouterState> load_snapshot();
  Result<std::vector<Bucket>> load_buckets(const std::string& pool);
  Result<void> fold_records(RouterState& state);
  Result<Generation> decode_record(const Statement& row) const;
  Result<void> write_tables(const RouterState& state);
  Result<void> delete_old_records(uint64_t snapshot_number);
  [[nodiscard]] Error failed(std::string_view doing, const Error& cause) const;
  // `what`: "generation 7", "the snapshot of generation 64".
  [[nodiscard]] Error damaged(std::string_view what, std::string_view how) const;

  Database database_;
  std::filesystem::path path_;
  uint64_t last_number_ = 0;      // of a record or the snapshot
  uint64_t snapshot_number_ = 0;  // 0: there is no snapshot
  uint64_t bytes_since_snapshot_ = 0;
  // The tables as the snapshot has them. Weak: the store must not keep old ones in memory.
  std::map<std::string, std::weak_ptr<const PoolTable>> saved_tables_;
};

}  // namespace ricochet
