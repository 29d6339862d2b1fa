// SPDX-License-Identifier: Apache-2.0
#include "store/generation_store.h"

#include <optional>

#include "store/codec.h"

namespace ricochet {
namespace {

constexpr int64_t kSchemaVersion = 1;

constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;";

// One transaction, which goes with the connection when it fails.
constexpr const char* kSchema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL);"
    "CREATE TABLE generations (number INTEGER PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE neighbours (address TEXT PRIMARY KEY, port INTEGER NOT NULL, mac TEXT NOT NULL);"
    "PRAGMA user_version = 1;"
    "COMMIT;";

// The option that was given otherwise, and both values; nothing when they agree.
struct Difference {
  std::string_view option;
  std::string stored;
  std::string given;
};

std::optional<Difference> find_difference(const Settings& stored, const Settings& given) {
  const Difference all[] = {
      {"placement", to_string(stored.placement), to_string(given.placement)},
      {"history", to_string(stored.history), to_string(given.history)},
      {"mark", to_string(stored.mark), to_string(given.mark)},
      {"seed", std::to_string(stored.seed), std::to_string(given.seed)},
      {"buckets", std::to_string(stored.buckets), std::to_string(given.buckets)},
  };
  for (const Difference& difference : all) {
    if (difference.stored != difference.given) return difference;
  }
  return std::nullopt;
}

Result<Neighbour> decode_neighbour(int64_t port, const std::string& mac_text) {
  auto mac = MacAddress::parse(mac_text);
  if (!mac) return mac.error();
  if (port < 0 || port > UINT16_MAX) return error("port {} is out of range", port);
  return Neighbour{.port = static_cast<uint16_t>(port), .mac = *mac};
}

}  // namespace

Error GenerationStore::failed(std::string_view doing, const Error& cause) const {
  return error("cannot {} {}: {}", doing, path_.string(), cause.message);
}

Result<GenerationStore> GenerationStore::open(const std::filesystem::path& path,
                                              const Settings& settings) {
  auto database = Database::open(path);
  if (!database) return error("cannot open {}: {}", path.string(), database.error().message);
  GenerationStore store(*std::move(database), path);
  if (auto prepared = store.prepare_schema(); !prepared) return prepared.error();
  if (auto adopted = store.adopt_settings(settings); !adopted) return adopted.error();
  return store;
}

Result<int64_t> GenerationStore::read_schema_version() {
  auto query = database_.prepare("PRAGMA user_version");
  if (!query) return failed("read", query.error());
  if (auto row = query->step(); !row) return failed("read", row.error());
  return query->integer(0);
}

Result<void> GenerationStore::prepare_schema() {
  if (auto set = database_.execute(kPragmas); !set) return failed("open", set.error());
  auto version = read_schema_version();
  if (!version) return version.error();
  if (*version == kSchemaVersion) return {};
  if (*version != 0) {
    return error(
        "{} has format {}, this ricochet knows {}: use the ricochet that made it, or start over "
        "after `ricochet detach --purge --state {}`",
        path_.string(), *version, kSchemaVersion, path_.parent_path().string());
  }
  if (auto created = database_.execute(kSchema); !created) return failed("create", created.error());
  return {};
}

Result<void> GenerationStore::adopt_settings(const Settings& settings) {
  auto query = database_.prepare("SELECT value FROM settings");
  if (!query) return failed("read", query.error());
  auto row = query->step();
  if (!row) return failed("read", row.error());
  if (!*row) return write_settings(settings);

  auto stored = decode_settings(query->text(0));
  if (!stored) return failed("understand the settings in", stored.error());
  if (const auto difference = find_difference(*stored, settings)) {
    return error(
        "{} was made with --{} {}, not {}, and changing that would move every connection: start "
        "with --{} {}, or give the connections up with `ricochet detach --purge --state {}`",
        path_.string(), difference->option, difference->stored, difference->given,
        difference->option, difference->stored, path_.parent_path().string());
  }
  return {};
}

Result<void> GenerationStore::write_settings(const Settings& settings) {
  auto insert = database_.prepare("INSERT INTO settings VALUES (1, ?)");
  if (!insert) return failed("write", insert.error());
  if (auto written = insert->bind(1, encode(settings)).run(); !written) {
    return failed("write", written.error());
  }
  return {};
}

Result<std::vector<Generation>> GenerationStore::load_generations() {
  auto query = database_.prepare("SELECT number, value FROM generations ORDER BY number");
  if (!query) return failed("read", query.error());
  std::vector<Generation> generations;
  while (true) {
    auto row = query->step();
    if (!row) return failed("read", row.error());
    if (!*row) return generations;

    const auto number = static_cast<uint64_t>(query->integer(0));
    auto generation = decode_generation(number, query->text(1));
    if (!generation) {
      return failed(fmt::format("understand generation {} in", number), generation.error());
    }
    if (number != generations.size() + 1) {
      return error(
          "{} lacks generation {}: restore it from a copy, or start over after `ricochet detach "
          "--purge --state {}`",
          path_.string(), generations.size() + 1, path_.parent_path().string());
    }
    generations.push_back(*std::move(generation));
  }
}

Result<Neighbours> GenerationStore::load_neighbours() {
  auto query = database_.prepare("SELECT address, port, mac FROM neighbours");
  if (!query) return failed("read", query.error());
  Neighbours neighbours;
  while (true) {
    auto row = query->step();
    if (!row) return failed("read", row.error());
    if (!*row) return neighbours;

    auto address = Ipv4Address::parse(query->text(0));
    if (!address) return failed("understand the neighbours in", address.error());
    auto neighbour = decode_neighbour(query->integer(1), query->text(2));
    if (!neighbour) return failed("understand the neighbours in", neighbour.error());
    neighbours.emplace(*address, *neighbour);
  }
}

// Each statement below is one transaction of its own.

Result<void> GenerationStore::append(const Generation& generation) {
  auto insert = database_.prepare("INSERT INTO generations VALUES (?, ?)");
  if (!insert) return failed("write to", insert.error());
  insert->bind(1, static_cast<int64_t>(generation.number)).bind(2, encode(generation));
  if (auto written = insert->run(); !written) return failed("write to", written.error());
  return {};
}

Result<void> GenerationStore::set_neighbour(Ipv4Address address, const Neighbour& neighbour) {
  auto upsert = database_.prepare("INSERT OR REPLACE INTO neighbours VALUES (?, ?, ?)");
  if (!upsert) return failed("write to", upsert.error());
  upsert->bind(1, address.to_string())
      .bind(2, int64_t{neighbour.port})
      .bind(3, neighbour.mac.to_string());
  if (auto written = upsert->run(); !written) return failed("write to", written.error());
  return {};
}

Result<void> GenerationStore::remove_neighbour(Ipv4Address address) {
  auto remove = database_.prepare("DELETE FROM neighbours WHERE address = ?");
  if (!remove) return failed("write to", remove.error());
  if (auto written = remove->bind(1, address.to_string()).run(); !written) {
    return failed("write to", written.error());
  }
  return {};
}

Result<void> GenerationStore::remove_all_neighbours() {
  if (auto removed = database_.execute("DELETE FROM neighbours"); !removed) {
    return failed("write to", removed.error());
  }
  return {};
}

}  // namespace ricochet
