// Operations as bytes: how the blocks of ps_pending look.
//
// A block holds operations of one bucket in order of arrival. It is the received line without its envelope and escapes:
// reading it back costs a fraction of parsing the line again, and it does not matter whether the line was NDJSON or
// BSON. Blocks that follow each other may be joined.
//
//   operation := flags u8 · op_id varint · checksum u32 little-endian · type text · id text · [subkey text] · [data
//   text] text      := size varint · bytes flags     := kind (bits 0, 1) · 4 subkey follows · 8 data follows
#pragma once

#include <string>
#include <string_view>

#include "bucket/operation.h"

namespace skerry::store {

void AppendOperation(std::string& block, const bucket::Operation& operation);

// Reads the operations of a block. They borrow from it.
class BlockReader {
 public:
  explicit BlockReader(std::string_view block) : rest_(block) {}
  // False at the end, or where the block is damaged.
  bool Next(bucket::Operation& operation);
  bool is_damaged() const { return is_damaged_; }
  // Bytes read so far, of a block of `size` bytes.
  std::size_t Offset(std::size_t size) const { return size - rest_.size(); }

 private:
  std::string_view rest_;
  bool is_damaged_ = false;

  bool Damaged();
  bool ReadVarint(std::uint64_t& value);
  bool ReadText(std::string_view& text);
};

}  // namespace skerry::store
