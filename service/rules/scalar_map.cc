#include "rules/scalar_map.h"

#include <algorithm>

namespace skerry::rules {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Steps over the tag or anchor that may stand before a scalar, and over a block scalar's header line.
std::size_t ContentStart(std::string_view file, std::size_t at, char& quote) {
  while (at < file.size() && (file[at] == '!' || file[at] == '&')) {
    while (at < file.size() && !IsSpace(file[at])) ++at;
    while (at < file.size() && IsSpace(file[at])) ++at;
  }
  if (at == file.size()) return at;
  if (file[at] == '|' || file[at] == '>') {
    at = std::min(file.find('\n', at), file.size());
  } else if (file[at] == '\'' || file[at] == '"') {
    quote = file[at++];
  }
  return at;
}

// The length of the escape in a double-quoted scalar whose letter is `letter`: \x41 is 4.
std::size_t EscapeLength(char letter) { return letter == 'x' ? 4 : letter == 'u' ? 6 : letter == 'U' ? 10 : 2; }

std::size_t CharacterLength(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

}  // namespace

Position PositionAt(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
  return {.line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          .column = 1 + static_cast<int>(offset - line_start)};
}

// Folding, indentation and line continuation only ever change white space. So the characters that are not white space
// stand in the file in the same order as in the value, and walking both finds each.
ScalarMap::ScalarMap(std::string_view file, std::size_t offset, std::string_view value) {
  offsets_.reserve(value.size());
  char quote = '\0';
  std::size_t at = ContentStart(file, offset, quote);
  const auto skip_space = [&] {
    while (at < file.size()) {
      // "\n" is a line feed in the value, a backslash before a line's end is nothing.
      const bool is_escape =
          quote == '"' && file[at] == '\\' && at + 1 < file.size() &&
          (IsSpace(file[at + 1]) || std::string_view("nrt").find(file[at + 1]) != std::string_view::npos);
      if (!IsSpace(file[at]) && !is_escape) break;
      at += is_escape ? 2 : 1;
    }
  };
  for (std::size_t i = 0; i < value.size();) {
    if (IsSpace(value[i])) {
      offsets_.push_back(std::min(at, file.size()));
      ++i;
      continue;
    }
    skip_space();
    const std::size_t length = std::min(CharacterLength(value[i]), value.size() - i);
    offsets_.insert(offsets_.end(), length, std::min(at, file.size()));
    i += length;
    if (at >= file.size()) continue;
    if (quote == '"' && file[at] == '\\' && at + 1 < file.size()) {
      at += EscapeLength(file[at + 1]);
    } else if (quote == '\'' && file[at] == '\'') {
      at += 2;
    } else {
      at += CharacterLength(file[at]);
    }
  }
  if (offsets_.empty()) offsets_.push_back(std::min(offset, file.size()));
}

std::size_t ScalarMap::OffsetInFile(std::size_t index) const { return offsets_[std::min(index, offsets_.size() - 1)]; }

}  // namespace skerry::rules
