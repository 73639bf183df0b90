#include "client/result_buffer.h"

#include <bit>
#include <cstring>

#include "base/bit_cast.h"
#include "client/abi.h"

namespace skerry::client {
namespace {

constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

// Every target of this code is little-endian, so numbers are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

template <typename T>
void Put(std::string& out, std::size_t at, T value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

constexpr std::uint64_t Range(std::size_t start, std::size_t size) {
  return static_cast<std::uint64_t>(start) | static_cast<std::uint64_t>(size) << 32;
}

}  // namespace

void ResultEncoder::BeginEmpty() {
  columns_.clear();
  text_.clear();
  blobs_.clear();
  text_units_ = 0;
  name_bytes_ = 0;
  row_count_ = 0;
}

void ResultEncoder::Begin(const sqlite::Statement& statement) {
  const auto count = static_cast<std::size_t>(statement.ColumnCount());
  columns_.resize(count);
  text_.clear();
  blobs_.clear();
  text_units_ = 0;
  name_bytes_ = 0;
  row_count_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Column& column = columns_[i];
    column.name.clear();
    AppendUtf8(column.name, statement.ColumnName(static_cast<int>(i)));
    name_bytes_ += 4 + column.name.size();
    column.tags.clear();
    column.slots.clear();
  }
}

Status ResultEncoder::AddRow(const sqlite::Statement& statement) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const int index = static_cast<int>(i);
    CellTag tag = CellTag::kNull;
    std::uint64_t slot = 0;
    switch (statement.Type(index)) {
      case sqlite::ValueType::kInteger: {
        const std::int64_t value = statement.Int64(index);
        const bool safe = value >= -kMaxSafeInteger && value <= kMaxSafeInteger;
        tag = safe ? CellTag::kSafeInteger : CellTag::kBigInteger;
        slot = safe ? BitCast<std::uint64_t>(static_cast<double>(value)) : static_cast<std::uint64_t>(value);
        break;
      }
      case sqlite::ValueType::kReal:
        tag = CellTag::kReal;
        slot = BitCast<std::uint64_t>(statement.Double(index));
        break;
      case sqlite::ValueType::kText: {
        tag = CellTag::kText;
        const std::string_view text = statement.Text(index);
        // Mending turns one byte into three at most.
        if (text.size() > (max_bytes_ - text_.size()) / 3) return Error{ErrorCode::kLimit, "the result is too large"};
        const std::size_t start = text_units_;
        text_units_ += AppendUtf8(text_, text);
        slot = Range(start, text_units_ - start);
        break;
      }
      case sqlite::ValueType::kBlob: {
        tag = CellTag::kBlob;
        const auto bytes = statement.Bytes(index);
        if (bytes.size() > max_bytes_ - blobs_.size()) return Error{ErrorCode::kLimit, "the result is too large"};
        slot = Range(blobs_.size(), bytes.size());
        blobs_.insert(blobs_.end(), bytes.begin(), bytes.end());
        break;
      }
      case sqlite::ValueType::kNull:
        break;
    }
    columns_[i].tags.push_back(static_cast<std::uint8_t>(tag));
    columns_[i].slots.push_back(slot);
  }
  ++row_count_;
  if (TotalBytes() > max_bytes_) {
    return Error{ErrorCode::kLimit, "the result is larger than " + std::to_string(max_bytes_) + " bytes"};
  }
  return kDone;
}

std::size_t ResultEncoder::TotalBytes() const {
  // Seven spare bytes for the last padding.
  return kResultHeaderBytes + std::size_t{row_count_} * columns_.size() * 9 + name_bytes_ + text_.size() +
         blobs_.size() + 7;
}

Status ResultEncoder::Finish(const ResultInfo& info, std::string& out) const {
  SKERRY_CHECK(out.size() % 8 == 0, "a result buffer starts at a multiple of eight");
  const std::size_t base = out.size();
  const std::size_t cells = std::size_t{row_count_} * columns_.size();
  const std::size_t slots_offset = kResultHeaderBytes;
  const std::size_t tags_offset = slots_offset + cells * 8;
  const std::size_t names_offset = tags_offset + cells;
  const std::size_t text_offset = names_offset + name_bytes_;
  const std::size_t blob_offset = text_offset + text_.size();
  const std::size_t total = (blob_offset + blobs_.size() + 7) & ~std::size_t{7};
  if (total > max_bytes_) {
    return Error{ErrorCode::kLimit, "the result is larger than " + std::to_string(max_bytes_) + " bytes"};
  }
  out.resize(base + total);

  std::size_t slot_at = base + slots_offset, tag_at = base + tags_offset, name_at = base + names_offset;
  for (const Column& column : columns_) {
    // The data pointers of an empty vector may be null, which memcpy must not see.
    if (row_count_ != 0) {
      std::memcpy(out.data() + slot_at, column.slots.data(), column.slots.size() * 8);
      std::memcpy(out.data() + tag_at, column.tags.data(), column.tags.size());
    }
    slot_at += column.slots.size() * 8;
    tag_at += column.tags.size();
    Put(out, name_at, static_cast<std::uint32_t>(column.name.size()));
    column.name.copy(out.data() + name_at + 4, column.name.size());
    name_at += 4 + column.name.size();
  }
  text_.copy(out.data() + base + text_offset, text_.size());
  if (!blobs_.empty()) std::memcpy(out.data() + base + blob_offset, blobs_.data(), blobs_.size());

  const bool ascii = text_units_ == text_.size();
  const std::uint32_t flags = (ascii ? kResultAscii : 0) | (info.changed_data ? kResultChangedData : 0);
  const auto u32 = [&](std::size_t at, std::size_t value) { Put(out, base + at, static_cast<std::uint32_t>(value)); };
  u32(0, kResultMagic);
  u32(4, columns_.size());
  u32(8, row_count_);
  u32(12, text_.size());
  Put(out, base + 16, info.changes);
  Put(out, base + 24, info.last_insert_id);
  u32(32, tags_offset);
  u32(36, slots_offset);
  u32(40, text_offset);
  u32(44, blob_offset);
  u32(48, blobs_.size());
  u32(52, names_offset);
  u32(56, flags);
  u32(60, total);
  return kDone;
}

}  // namespace skerry::client
