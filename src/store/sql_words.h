// The first words of a statement, for the few questions that SQLite's authorizer leaves open. For guard.cc only.
#pragma once

#include <string_view>

namespace skerry::store {

// Takes the next word off the front of `sql`, skipping white space and comments; "" at the end or before anything else
// than a letter.
inline std::string_view NextWord(std::string_view& sql) {
  constexpr std::string_view kSpace = " \t\n\r\f";
  while (!sql.empty()) {
    if (kSpace.find(sql.front()) != std::string_view::npos) {
      sql.remove_prefix(1);
    } else if (sql.substr(0, 2) == "--") {
      const std::size_t end = sql.find('\n');
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
    } else if (sql.substr(0, 2) == "/*") {
      const std::size_t end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      break;
    }
  }
  std::size_t size = 0;
  while (size < sql.size() && ((sql[size] | 0x20) >= 'a') && ((sql[size] | 0x20) <= 'z')) ++size;
  const std::string_view word = sql.substr(0, size);
  sql.remove_prefix(size);
  return word;
}

}  // namespace skerry::store
