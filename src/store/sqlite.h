// SPDX-License-Identifier: Apache-2.0
//
// SQLite handles that close themselves. Errors carry SQLite's own words; the caller says what it
// was doing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "util/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ricochet {

class Statement {
 public:
  // Parameters are numbered from 1.
  Statement& bind(int parameter, int64_t value);
  Statement& bind(int parameter, std::string_view value);
  // Not copied: it must live until the statement has run.
  Statement& bind_blob(int parameter, std::span<const std::byte> value);

  // True: a row is there. False: no more rows, everything is done.
  Result<bool> step();
  // For a statement that gives no rows.
  Result<void> run();

  // Columns of the row that step() found, numbered from 0.
  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  // Valid until the next step().
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

 private:
  friend class Database;
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
};

class Database {
 public:
  // Creates the file if it is not there.
  static Result<Database> open(const std::filesystem::path& path);

  // Any number of statements without parameters.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

// Begins when it is made; what was not committed when it goes did not happen.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null when there is nothing to undo
};

}  // namespace ricochet
