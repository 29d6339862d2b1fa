// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <sqlite3.h>

namespace ricochet {
namespace {

constexpr int kBusyTimeoutMs = 2000;  // somebody looks at the file with the sqlite3 shell

Error last_error(sqlite3* database) {
  return error("{}", sqlite3_errmsg(database));
}

}  // namespace

void Statement::Finalise::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

// Binding fails only for a wrong parameter number or without memory; step() then fails too.
Statement& Statement::bind(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  sqlite3_bind_text(statement_.get(), parameter, value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::byte> value) {
  // SQLite takes a null pointer for NULL, and an empty span may have one.
  const void* bytes = value.empty() ? "" : static_cast<const void*>(value.data());
  sqlite3_bind_blob64(statement_.get(), parameter, bytes, value.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return last_error(sqlite3_db_handle(statement_.get()));
  }
}

Result<void> Statement::run() {
  auto row = step();
  if (!row) return row.error();
  return {};
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return text ? std::string(reinterpret_cast<const char*>(text), bytes) : std::string();
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {bytes, bytes ? static_cast<size_t>(size) : 0};
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

Result<Database> Database::open(const std::filesystem::path& path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(handle);  // SQLite gives a handle on most failures too
  if (code != SQLITE_OK) return error("{}", sqlite3_errstr(code));
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return last_error(database_.get());
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    return last_error(database_.get());
  }
  return Statement(statement);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  // Fails when SQLite has rolled back by itself.
  if (database_) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  if (auto committed = database_->execute("COMMIT"); !committed) return committed.error();
  database_ = nullptr;
  return {};
}

}  // namespace ricochet
