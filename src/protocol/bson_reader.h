// BSON without a tree: a pull reader over one document in memory, with the calls of JsonReader so that one description
// of the lines serves both encodings.
//
// Every length is checked against the bytes that are there before anything else is done with it; nesting is limited and
// never recursive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace skerry::protocol {

// Failure is sticky, as in JsonReader. All texts point into the document.
class BsonReader {
 public:
  static constexpr int kMaxDepth = JsonReader::kMaxDepth;

  explicit BsonReader(std::string_view document) : document_(document) {}

  // kNull also for undefined; kInvalid, without failing, for values that can only be skipped.
  JsonKind Peek() const;

  bool BeginObject() { return Begin(Type::kDocument); }
  bool NextKey(std::string_view& key);
  bool BeginArray() { return Begin(Type::kArray); }
  // Elements come in document order; their names are not looked at (P-040).
  bool NextElement();

  // `buffer` is there for JsonReader's sake and stays as it is.
  bool ReadString(std::string_view& text, std::string& buffer);
  // int32, int64, or a double without fraction (P-038).
  bool ReadInt64(std::int64_t& value);
  bool ReadBool(bool& value);
  bool Skip();

  bool Fail(std::string_view message);
  bool ok() const { return error_.empty(); }
  Status ToStatus(std::string_view what) const;
  Status Finish(std::string_view what);

 private:
  enum class Type : std::uint8_t {
    kDouble = 0x01,
    kString = 0x02,
    kDocument = 0x03,
    kArray = 0x04,
    kBinary = 0x05,
    kUndefined = 0x06,
    kObjectId = 0x07,
    kBoolean = 0x08,
    kDateTime = 0x09,
    kNull = 0x0a,
    kInt32 = 0x10,
    kTimestamp = 0x11,
    kInt64 = 0x12,
  };

  std::string_view document_;
  std::size_t position_ = 0;
  Type type_ = Type::kDocument;  // Of the next value.
  int depth_ = 0;
  std::size_t ends_[kMaxDepth] = {};  // Of each open document, its closing zero byte.
  std::string error_;

  std::size_t Remaining() const { return (depth_ == 0 ? document_.size() : ends_[depth_ - 1]) - position_; }
  bool Begin(Type type);
  bool NextItem(std::string_view& name);
  bool Has(std::size_t bytes);
  bool ReadLength(std::int32_t minimum, std::size_t& length);
  std::uint64_t TakeLittleEndian(int bytes);
};

}  // namespace skerry::protocol
