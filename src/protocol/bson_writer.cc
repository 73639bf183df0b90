#include "protocol/bson_writer.h"

#include <cstring>
#include <limits>

#include "base/check.h"

namespace skerry::protocol {
namespace {

constexpr std::uint8_t kDouble = 0x01;
constexpr std::uint8_t kString = 0x02;
constexpr std::uint8_t kDocument = 0x03;
constexpr std::uint8_t kArray = 0x04;
constexpr std::uint8_t kBoolean = 0x08;
constexpr std::uint8_t kNull = 0x0a;
constexpr std::uint8_t kInt32 = 0x10;

}  // namespace

void BsonWriter::AppendLittleEndian(std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
}

// The type and name in front of a value.
void BsonWriter::Element(std::uint8_t type) {
  SKERRY_CHECK(!levels_.empty(), "a BSON value stands in a document");
  out_ += static_cast<char>(type);
  Level& level = levels_.back();
  if (level.is_array) {
    out_ += std::to_string(level.items++);
  } else {
    out_ += key_;
  }
  out_ += '\0';
}

void BsonWriter::Begin(std::uint8_t type) {
  if (!levels_.empty()) Element(type);
  levels_.push_back({.start = out_.size(), .is_array = type == kArray});
  AppendLittleEndian(0, 4);
}

BsonWriter& BsonWriter::BeginObject() { return Begin(kDocument), *this; }
BsonWriter& BsonWriter::BeginArray() { return Begin(kArray), *this; }

BsonWriter& BsonWriter::End() {
  SKERRY_CHECK(!levels_.empty(), "each BSON document is ended once");
  out_ += '\0';
  const std::size_t start = levels_.back().start;
  const std::size_t length = out_.size() - start;
  SKERRY_CHECK(length <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
               "a BSON document is shorter than 2 GiB");
  for (std::size_t i = 0; i < 4; ++i) out_[start + i] = static_cast<char>(length >> (8 * i) & 0xff);
  levels_.pop_back();
  return *this;
}

BsonWriter& BsonWriter::Key(std::string_view key) {
  key_ = key;
  return *this;
}

BsonWriter& BsonWriter::String(std::string_view text) {
  Element(kString);
  AppendLittleEndian(text.size() + 1, 4);
  out_.append(text);
  out_ += '\0';
  return *this;
}

BsonWriter& BsonWriter::Int(std::int64_t value) {
  const bool fits_int32 =
      value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
  if (fits_int32) {
    Element(kInt32);
    AppendLittleEndian(static_cast<std::uint64_t>(value), 4);
    return *this;
  }
  Element(kDouble);
  const auto number = static_cast<double>(value);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  AppendLittleEndian(bits, 8);
  return *this;
}

BsonWriter& BsonWriter::Bool(bool value) {
  Element(kBoolean);
  out_ += value ? '\1' : '\0';
  return *this;
}

BsonWriter& BsonWriter::Null() {
  Element(kNull);
  return *this;
}

}  // namespace skerry::protocol
