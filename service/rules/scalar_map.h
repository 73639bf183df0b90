// Where the characters of a YAML scalar stand in the file, through quoting, folding and indentation: an error in a
// query is shown where the person wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"

namespace skerry::rules {

// Line and column of a byte offset.
Position PositionAt(std::string_view text, std::size_t offset);

class ScalarMap {
 public:
  // `value` is the decoded scalar that begins at `offset` of `file` (at its quote, block indicator, tag or first
  // character).
  ScalarMap(std::string_view file, std::size_t offset, std::string_view value);

  // Where the value's byte `index` was written; past the end, where its last character was.
  std::size_t OffsetInFile(std::size_t index) const;

 private:
  std::vector<std::size_t> offsets_;  // One for each byte of the value.
};

}  // namespace skerry::rules
