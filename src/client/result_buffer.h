// Rows of a query as one columnar buffer (docs/module-abi.md, "Result buffer"): the tab decodes it lazily, so a cell
// costs nothing until it is looked at.
//
// The text area is always well-formed UTF-8: a damaged text (SQLite stores any bytes) is mended with U+FFFD here, since
// positions are counted in UTF-16 units and both sides have to count alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sqlite/statement.h"

namespace skerry::client {

struct ResultInfo {
  std::int64_t changes = 0;
  std::int64_t last_insert_id = 0;
  bool changed_data = false;
};

// Reusable: Begin() empties it and keeps its memory. Growth is per column, never per cell.
class ResultEncoder {
 public:
  // Offsets are 32 bits wide; a smaller limit keeps the module's heap in bounds.
  static constexpr std::size_t kMaxBytes = 0xfffffff0;
  explicit ResultEncoder(std::size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  // Starts a result with the statement's columns.
  void Begin(const sqlite::Statement& statement);
  // A result without columns.
  void BeginEmpty();
  // Appends the row on which the statement stands. kLimit when the buffer would grow beyond its limit.
  Status AddRow(const sqlite::Statement& statement);

  std::uint32_t row_count() const { return row_count_; }
  std::size_t column_count() const { return columns_.size(); }

  // Appends the finished buffer to `out`, whose size must be a multiple of 8.
  Status Finish(const ResultInfo& info, std::string& out) const;

 private:
  struct Column {
    std::string name;
    std::vector<std::uint8_t> tags;
    std::vector<std::uint64_t> slots;
  };

  std::size_t max_bytes_;
  std::vector<Column> columns_;
  std::string text_;
  std::vector<std::uint8_t> blobs_;
  std::size_t text_units_ = 0;  // UTF-16 code units in text_.
  std::size_t name_bytes_ = 0;
  std::uint32_t row_count_ = 0;

  std::size_t TotalBytes() const;
};

// Appends `text` to `out`, mended where it is not UTF-8, and returns the number of UTF-16 code units appended.
std::size_t AppendUtf8(std::string& out, std::string_view text);

}  // namespace skerry::client
