// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ricochet {
namespace {

constexpr std::string_view kGap = "  ";

// Characters, not bytes: those that continue one do not count.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::red:
      return "\x1b[31m";
    case Colour::green:
      return "\x1b[32m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::none:
      break;
  }
  return "";
}

}  // namespace

bool colour_is_wanted() {
  const char* refused = std::getenv("NO_COLOR");
  return (refused == nullptr || *refused == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

std::string paint(Colour colour, std::string_view text, bool wanted) {
  if (!wanted || colour == Colour::none || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(colour), text);
}

std::string Table::to_string(bool coloured) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(width_of(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  std::string text;
  const auto add_line = [&](const std::vector<Cell>& row) {
    std::string gap;  // before the next text; dropped at the end of the line
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i].text), ' ');
      if (columns_[i].number) gap += padding;
      if (!row[i].text.empty()) {
        text += gap + paint(row[i].colour, row[i].text, coloured);
        gap.clear();
      }
      if (!columns_[i].number) gap += padding;
      gap += kGap;
    }
    text += '\n';
  };
  std::vector<Cell> header;
  for (const Column& column : columns_) header.emplace_back(column.title);
  add_line(header);
  for (const auto& row : rows_) add_line(row);
  return text;
}

std::string format_bytes(uint64_t bytes) {
  constexpr uint64_t kStep = 1024;
  constexpr std::array<std::string_view, 3> kUnits = {"KiB", "MiB", "GiB"};
  if (bytes < kStep) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / kStep;
  size_t unit = 0;
  while (value >= kStep && unit + 1 < kUnits.size()) {
    value /= kStep;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace ricochet
