// SPDX-License-Identifier: Apache-2.0
#include "store/generation_store.h"

#include <algorithm>
#include <bit>
#include <set>

#include "store/checksum.h"
#include "store/codec.h"

namespace ricochet {
namespace {

constexpr int64_t kSchemaVersion = 2;

// auto_vacuum counts only before the first table is made; FULL gives free pages back by itself.
constexpr const char* kPragmas =
    "PRAGMA auto_vacuum = FULL;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA journal_size_limit = 4194304;"  // what a great snapshot made of it is not kept
    "PRAGMA synchronous = FULL;";

// value is JSON; bytes is its length, which the deletion of old records would else read it for.
// The buckets of a pool stand as in memory, 8 bytes each.
constexpr const char* kSchema =
    "CREATE TABLE router (id INTEGER PRIMARY KEY CHECK (id = 1), seed INTEGER NOT NULL);"
    "CREATE TABLE generations (number INTEGER PRIMARY KEY, bytes INTEGER NOT NULL,"
    "                          checksum INTEGER NOT NULL, value TEXT NOT NULL);"
    "CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL,"
    "                       checksum INTEGER NOT NULL, value TEXT NOT NULL);"
    "CREATE TABLE tables (pool TEXT PRIMARY KEY, checksum INTEGER NOT NULL,"
    "                     buckets BLOB NOT NULL);"
    "PRAGMA user_version = 2;";

static_assert(std::endian::native == std::endian::little && sizeof(Bucket) == 8,
              "the file has little-endian buckets of 8 bytes");

constexpr const char* kChecksumDiffers = "its checksum does not fit";

std::string snapshot_of(uint64_t number) {
  return fmt::format("the snapshot of generation {}", number);
}

// A statement that gives one row with one integer.
Result<int64_t> read_integer(Database& database, std::string_view sql) {
  auto query = database.prepare(sql);
  if (!query) return query.error();
  if (auto row = query->step(); !row) return row.error();
  return query->integer(0);
}

// The first thing that would not let the state be folded on.
Result<void> check_state(const RouterState& state) {
  std::set<std::optional<Address>> numbered;
  for (const auto& [id, address] : state.backends) numbered.insert(address);
  const auto has_number = [&](const Backend& backend) {
    return numbered.contains(backend.address);
  };
  const auto is_backend = [&](BackendId id) { return state.backends.contains(id); };
  if (state.pools.size() != state.configuration.pools.size()) {
    return error("it has {} tables for {} pools", state.pools.size(),
                 state.configuration.pools.size());
  }
  for (const auto& [name, pool] : state.pools) {
    const auto found = state.configuration.pools.find(name);
    if (found == state.configuration.pools.end()) return error("pool {} is missing", name);
    if (!std::ranges::all_of(found->second.backends, has_number) ||
        !std::ranges::all_of(*pool.owners, is_backend)) {
      return error("a backend of pool {} has no number", name);
    }
    const size_t count = pool.table->buckets.size();
    if (count != 0 && !std::has_single_bit(count)) {
      return error("pool {} has {} buckets, which is not a power of two", name, count);
    }
  }
  return {};
}

}  // namespace

Error GenerationStore::failed(std::string_view doing, const Error& cause) const {
  return error("cannot {} {}: {}", doing, path_.string(), cause.message);
}

Error GenerationStore::damaged(std::string_view what, std::string_view how) const {
  return error(
      "{} in {} is damaged: {}; restore the file from a copy, or start over after `ricochet "
      "detach --purge --state {}`, which loses the history of all connections",
      what, path_.string(), how, path_.parent_path().string());
}

Result<GenerationStore> GenerationStore::open(const std::filesystem::path& path, uint64_t seed) {
  auto database = Database::open(path);
  if (!database) return error("cannot open {}: {}", path.string(), database.error().message);
  GenerationStore store(*std::move(database), path);
  if (auto prepared = store.prepare_schema(); !prepared) return prepared.error();
  if (auto read = store.read_position(); !read) return read.error();
  const auto bound = store.empty() ? store.write_seed(seed) : store.check_seed(seed);
  if (!bound) return bound.error();
  return store;
}

Result<void> GenerationStore::prepare_schema() {
  if (auto set = database_.execute(kPragmas); !set) return failed("open", set.error());
  auto version = read_integer(database_, "PRAGMA user_version");
  if (!version) return failed("read", version.error());
  if (*version == kSchemaVersion) return {};
  if (*version != 0) {
    return error(
        "{} has format {}, this ricochet knows {}: use the ricochet that made it, or start over "
        "after `ricochet detach --purge --state {}`",
        path_.string(), *version, kSchemaVersion, path_.parent_path().string());
  }
  if (auto created = create_schema(); !created) return failed("create", created.error());
  return {};
}

Result<void> GenerationStore::create_schema() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto created = database_.execute(kSchema); !created) return created.error();
  return transaction->commit();
}

Result<void> GenerationStore::write_seed(uint64_t seed) {
  auto replace = database_.prepare("INSERT OR REPLACE INTO router VALUES (1, ?)");
  if (!replace) return failed("write to", replace.error());
  auto written = replace->bind(1, static_cast<int64_t>(seed)).run();
  return written ? written : failed("write to", written.error());
}

Result<void> GenerationStore::check_seed(uint64_t seed) {
  auto stored = read_integer(database_, "SELECT seed FROM router");
  if (!stored) return failed("read", stored.error());
  const auto made_with = static_cast<uint64_t>(*stored);
  if (made_with == seed) return {};
  return error(
      "{} was made with --seed {}, not {}, and changing that would move every connection: start "
      "with --seed {}, or give the connections up with `ricochet detach --purge --state {}`",
      path_.string(), made_with, seed, made_with, path_.parent_path().string());
}

Result<void> GenerationStore::read_position() {
  auto query = database_.prepare(
      "WITH since AS (SELECT ifnull(max(number), 0) AS snapshot FROM snapshot)"
      "SELECT snapshot, ifnull(max(number), 0), ifnull(sum(bytes) FILTER (WHERE number > snapshot),"
      " 0) FROM since LEFT JOIN generations");
  if (!query) return failed("read", query.error());
  if (auto row = query->step(); !row) return failed("read", row.error());
  snapshot_number_ = static_cast<uint64_t>(query->integer(0));
  last_number_ = std::max(snapshot_number_, static_cast<uint64_t>(query->integer(1)));
  bytes_since_snapshot_ = static_cast<uint64_t>(query->integer(2));
  return {};
}

// ---- reading ----

Result<RouterState> GenerationStore::load() {
  auto state = load_snapshot();
  if (!state) return state.error();
  saved_tables_.clear();
  for (const auto& [name, pool] : state->pools) saved_tables_[name] = pool.table;
  if (auto folded = fold_records(*state); !folded) return folded.error();
  if (const auto found = find_ipv6(state->configuration)) {
    return error("{} was written by a later version: {}", path_.string(), found->message);
  }
  return state;
}

Result<RouterState> GenerationStore::load_snapshot() {
  if (snapshot_number_ == 0) return RouterState{};
  const std::string what = snapshot_of(snapshot_number_);
  auto query = database_.prepare("SELECT checksum, value FROM snapshot");
  if (!query) return failed("read", query.error());
  if (auto row = query->step(); !row) return damaged(what, row.error().message);
  const std::string value = query->text(1);
  if (checksum(value) != query->integer(0)) return damaged(what, kChecksumDiffers);
  auto decoded = decode_snapshot(snapshot_number_, value);
  if (!decoded) return damaged(what, decoded.error().message);

  RouterState state = std::move(decoded->state);
  for (auto& [name, table] : decoded->tables) {
    auto buckets = load_buckets(name);
    if (!buckets) return damaged(what, buckets.error().message);
    table.buckets = *std::move(buckets);
    PoolState& pool = state.pools.at(name);
    pool.owners = owners_of(table);
    pool.table = std::make_shared<const PoolTable>(std::move(table));
  }
  if (auto checked = check_state(state); !checked) return damaged(what, checked.error().message);
  return state;
}

Result<std::vector<Bucket>> GenerationStore::load_buckets(const std::string& pool) {
  auto query = database_.prepare("SELECT checksum, buckets FROM tables WHERE pool = ?");
  if (!query) return query.error();
  auto row = query->bind(1, pool).step();
  if (!row) return row.error();
  if (!*row) return error("the table of pool {} is missing", pool);
  const std::span<const std::byte> bytes = query->blob(1);
  if (bytes.size() % sizeof(Bucket) != 0 || checksum(bytes) != query->integer(0)) {
    return error("the table of pool {} has another checksum", pool);
  }
  std::vector<Bucket> buckets(bytes.size() / sizeof(Bucket));
  std::ranges::copy(bytes, std::as_writable_bytes(std::span(buckets)).begin());
  for (const Bucket& bucket : buckets) {
    if (std::ranges::max(bucket.owner) > kBackendsMax) {
      return error("the table of pool {} names a backend that cannot be", pool);
    }
  }
  return buckets;
}

Result<void> GenerationStore::fold_records(RouterState& state) {
  auto query = database_.prepare(
      "SELECT number, checksum, value FROM generations WHERE number > ? ORDER BY number");
  if (!query) return failed("read", query.error());
  query->bind(1, static_cast<int64_t>(state.generation));
  while (true) {
    const uint64_t expected = state.generation + 1;
    const std::string what = fmt::format("generation {}", expected);
    auto row = query->step();
    if (!row) return damaged(what, row.error().message);
    if (!*row) return {};
    if (static_cast<uint64_t>(query->integer(0)) != expected) return damaged(what, "it is missing");
    auto generation = decode_record(*query);
    if (!generation) return generation.error();
    auto step = fold(state, *generation);
    if (!step) return damaged(what, "it cannot be repeated: " + step.error().message);
    state = std::move(step->state);
  }
}

Result<Generation> GenerationStore::decode_record(const Statement& row) const {
  const auto number = static_cast<uint64_t>(row.integer(0));
  const std::string what = fmt::format("generation {}", number);
  const std::string value = row.text(2);
  if (checksum(value) != row.integer(1)) return damaged(what, kChecksumDiffers);
  auto generation = decode_generation(number, value);
  if (!generation) return damaged(what, generation.error().message);
  return generation;
}

Result<std::vector<Generation>> GenerationStore::log(uint64_t limit) {
  auto query = database_.prepare(
      "SELECT number, checksum, value FROM generations ORDER BY number DESC LIMIT ?");
  if (!query) return failed("read", query.error());
  query->bind(1, static_cast<int64_t>(std::min<uint64_t>(limit, INT64_MAX)));
  std::vector<Generation> newest;
  while (true) {
    auto row = query->step();
    if (!row) return failed("read", row.error());
    if (!*row) return newest;
    auto generation = decode_record(*query);
    if (!generation) return generation.error();
    newest.push_back(*std::move(generation));
  }
}

// ---- writing ----

Result<void> GenerationStore::append(const Generation& generation) {
  if (generation.number != last_number_ + 1) {
    return error("generation {} cannot follow generation {} in {}", generation.number, last_number_,
                 path_.string());
  }
  const std::string value = encode(generation);
  auto insert = database_.prepare("INSERT INTO generations VALUES (?, ?, ?, ?)");
  if (!insert) return failed("write to", insert.error());
  insert->bind(1, static_cast<int64_t>(generation.number))
      .bind(2, static_cast<int64_t>(value.size()))
      .bind(3, checksum(value))
      .bind(4, value);
  if (auto written = insert->run(); !written) return failed("write to", written.error());
  last_number_ = generation.number;
  bytes_since_snapshot_ += value.size();
  return {};
}

bool GenerationStore::snapshot_is_due() const {
  return last_number_ - snapshot_number_ >= kRecordsPerSnapshot ||
         bytes_since_snapshot_ >= kRecordBytesPerSnapshot;
}

Result<void> GenerationStore::save_snapshot(const RouterState& state) {
  if (state.generation < snapshot_number_ || state.generation > last_number_) {
    return error("{} cannot be saved: {} has generations {} to {}", snapshot_of(state.generation),
                 path_.string(), snapshot_number_, last_number_);
  }
  const auto write = [&]() -> Result<void> {
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    auto replace = database_.prepare("INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?, ?)");
    if (!replace) return replace.error();
    const std::string value = encode_snapshot(state);
    replace->bind(1, static_cast<int64_t>(state.generation))
        .bind(2, checksum(value))
        .bind(3, value);
    if (auto written = replace->run(); !written) return written;
    if (auto written = write_tables(state); !written) return written;
    if (auto deleted = delete_old_records(state.generation); !deleted) return deleted;
    return transaction->commit();
  };
  if (auto written = write(); !written) return failed("write to", written.error());
  saved_tables_.clear();
  for (const auto& [name, pool] : state.pools) saved_tables_[name] = pool.table;
  return read_position();
}

Result<void> GenerationStore::write_tables(const RouterState& state) {
  auto saved = database_.prepare("SELECT pool FROM tables");
  if (!saved) return saved.error();
  std::vector<std::string> gone;
  while (true) {
    auto row = saved->step();
    if (!row) return row.error();
    if (!*row) break;
    if (std::string pool = saved->text(0); !state.pools.contains(pool)) gone.push_back(pool);
  }
  for (const std::string& pool : gone) {
    auto remove = database_.prepare("DELETE FROM tables WHERE pool = ?");
    if (!remove) return remove.error();
    if (auto removed = remove->bind(1, pool).run(); !removed) return removed;
  }
  for (const auto& [name, pool] : state.pools) {
    const auto found = saved_tables_.find(name);
    if (found != saved_tables_.end() && found->second.lock() == pool.table) continue;
    auto replace = database_.prepare("INSERT OR REPLACE INTO tables VALUES (?, ?, ?)");
    if (!replace) return replace.error();
    const auto bytes = std::as_bytes(std::span(pool.table->buckets));
    replace->bind(1, name).bind(2, checksum(bytes)).bind_blob(3, bytes);
    if (auto written = replace->run(); !written) return written;
  }
  return {};
}

Result<void> GenerationStore::delete_old_records(uint64_t snapshot_number) {
  auto query = database_.prepare("SELECT number, bytes FROM generations ORDER BY number DESC");
  if (!query) return query.error();
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t newest_superfluous = 0;
  while (newest_superfluous == 0) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return {};
    bytes += static_cast<uint64_t>(query->integer(1));
    if (++records > kRecordsKept || bytes > kRecordBytesKept) {
      newest_superfluous = static_cast<uint64_t>(query->integer(0));
    }
  }
  auto remove = database_.prepare("DELETE FROM generations WHERE number <= ?");
  if (!remove) return remove.error();
  remove->bind(1, static_cast<int64_t>(std::min(newest_superfluous, snapshot_number)));
  return remove->run();
}

}  // namespace ricochet
