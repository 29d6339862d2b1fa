// SPDX-License-Identifier: Apache-2.0
//
// Text for people: aligned columns, and colour where it is seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ricochet {

enum class Colour { none, red, green, yellow };

// Standard output is a terminal and NO_COLOR (no-color.org) is not set.
bool colour_is_wanted();

// The text in that colour, if `wanted`.
std::string paint(Colour colour, std::string_view text, bool wanted = colour_is_wanted());

struct Column {
  std::string title;
  bool number = false;  // numbers end at the right
};

struct Cell {
  Cell(std::string content, Colour colour_of_it = Colour::none)
      : text(std::move(content)), colour(colour_of_it) {}
  Cell(const char* content) : text(content) {}
  Cell(uint64_t number) : text(std::to_string(number)) {}

  std::string text;  // UTF-8, one line
  Colour colour = Colour::none;
};

// Rows under a header. Columns are as wide as their widest cell and two spaces apart; no line ends
// with spaces.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns, or fewer: the rest is empty.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string to_string(bool coloured = colour_is_wanted()) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// A number of bytes for people: "512 B", "1.5 KiB", "3.0 MiB".
std::string format_bytes(uint64_t bytes);

}  // namespace ricochet
