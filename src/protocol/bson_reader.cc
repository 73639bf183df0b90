#include "protocol/bson_reader.h"

#include <cmath>
#include <cstring>

namespace skerry::protocol {

bool BsonReader::Fail(std::string_view message) {
  if (ok()) error_.assign(message).append(" at byte ").append(std::to_string(position_));
  return false;
}

Status BsonReader::ToStatus(std::string_view what) const {
  if (ok()) return kDone;
  return Error{ErrorCode::kProtocol, std::string(what) + " is not valid: " + error_};
}

Status BsonReader::Finish(std::string_view what) {
  if (ok() && position_ != document_.size()) Fail("unexpected bytes after the document");
  return ToStatus(what);
}

bool BsonReader::Has(std::size_t bytes) { return Remaining() >= bytes || Fail("a value reaches beyond its document"); }

std::uint64_t BsonReader::TakeLittleEndian(int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(document_[position_ + static_cast<std::size_t>(i)]);
  }
  position_ += static_cast<std::size_t>(bytes);
  return value;
}

// A length field: at least `minimum`, and as many bytes follow as it says (less those it counts of itself).
bool BsonReader::ReadLength(std::int32_t minimum, std::size_t& length) {
  if (!Has(4)) return false;
  const auto value = static_cast<std::int32_t>(static_cast<std::uint32_t>(TakeLittleEndian(4)));
  if (value < minimum) return Fail("a length is too small");
  length = static_cast<std::size_t>(value);
  return true;
}

JsonKind BsonReader::Peek() const {
  if (!ok()) return JsonKind::kInvalid;
  switch (type_) {
    case Type::kDouble:
    case Type::kInt32:
    case Type::kInt64:
      return JsonKind::kNumber;
    case Type::kString:
      return JsonKind::kString;
    case Type::kDocument:
      return JsonKind::kObject;
    case Type::kArray:
      return JsonKind::kArray;
    case Type::kBoolean:
      return position_ < document_.size() && document_[position_] != 0 ? JsonKind::kTrue : JsonKind::kFalse;
    case Type::kNull:
    case Type::kUndefined:
      return JsonKind::kNull;
    case Type::kBinary:
    case Type::kObjectId:
    case Type::kDateTime:
    case Type::kTimestamp:
      return JsonKind::kInvalid;
  }
  return JsonKind::kInvalid;
}

bool BsonReader::Begin(Type type) {
  if (!ok()) return false;
  if (type_ != type) return Fail(type == Type::kDocument ? "expected an object" : "expected an array");
  if (depth_ == kMaxDepth) return Fail("too deeply nested");
  const std::size_t available = Remaining();
  std::size_t length = 0;
  if (!ReadLength(5, length)) return false;
  if (length > available) return Fail("a document reaches beyond its parent");
  const std::size_t end = position_ - 4 + length - 1;
  if (document_[end] != '\0') return Fail("a document does not end with a zero byte");
  ends_[depth_++] = end;
  return true;
}

// Reads an element's type and name, or closes the document.
bool BsonReader::NextItem(std::string_view& name) {
  if (!ok()) return false;
  if (Remaining() == 0) {
    ++position_;
    --depth_;
    return false;
  }
  const auto type = static_cast<unsigned char>(document_[position_]);
  const bool is_known = (type >= 0x01 && type <= 0x0a) || (type >= 0x10 && type <= 0x12);
  if (!is_known) return Fail("unknown element type " + std::to_string(type));
  const char* const begin = document_.data() + position_ + 1;
  const void* const zero = std::memchr(begin, 0, Remaining() - 1);
  if (zero == nullptr) return Fail("an element's name has no end");
  name = std::string_view(begin, static_cast<std::size_t>(static_cast<const char*>(zero) - begin));
  position_ += name.size() + 2;
  type_ = static_cast<Type>(type);
  return true;
}

bool BsonReader::NextKey(std::string_view& key) { return NextItem(key); }

bool BsonReader::NextElement() {
  std::string_view ignored;
  return NextItem(ignored);
}

bool BsonReader::ReadString(std::string_view& text, std::string&) {
  if (!ok()) return false;
  if (type_ != Type::kString) return Fail("expected a string");
  std::size_t length = 0;  // With the zero byte behind the text.
  if (!ReadLength(1, length) || !Has(length)) return false;
  if (document_[position_ + length - 1] != '\0') return Fail("a string does not end with a zero byte");
  text = document_.substr(position_, length - 1);
  position_ += length;
  return true;
}

bool BsonReader::ReadInt64(std::int64_t& value) {
  if (!ok()) return false;
  switch (type_) {
    case Type::kInt32:
      if (!Has(4)) return false;
      value = static_cast<std::int32_t>(static_cast<std::uint32_t>(TakeLittleEndian(4)));
      return true;
    case Type::kInt64:
      if (!Has(8)) return false;
      value = static_cast<std::int64_t>(TakeLittleEndian(8));
      return true;
    case Type::kDouble: {
      if (!Has(8)) return false;
      const std::uint64_t bits = TakeLittleEndian(8);
      double number = 0;
      std::memcpy(&number, &bits, sizeof number);
      // 2^63 itself does not fit; NaN fails both comparisons.
      const bool fits = number >= -9223372036854775808.0 && number < 9223372036854775808.0;
      if (!fits || std::trunc(number) != number) break;
      value = static_cast<std::int64_t>(number);
      return true;
    }
    default:
      break;
  }
  return Fail("expected an integer of 64 bits");
}

bool BsonReader::ReadBool(bool& value) {
  if (!ok()) return false;
  if (type_ != Type::kBoolean) return Fail("expected true or false");
  if (!Has(1)) return false;
  const std::uint64_t byte = TakeLittleEndian(1);
  if (byte > 1) return Fail("expected true or false");
  value = byte == 1;
  return true;
}

bool BsonReader::Skip() {
  const int outer = depth_;
  std::string ignored_buffer;
  std::string_view ignored;
  std::int64_t number = 0;
  bool flag = false;
  std::size_t length = 0;
  const auto skip_bytes = [this](std::size_t bytes) {
    if (!Has(bytes)) return false;
    position_ += bytes;
    return true;
  };
  if (!ok()) return false;
  do {
    bool read = true;
    switch (type_) {
      case Type::kDocument:
      case Type::kArray:
        read = Begin(type_);
        break;
      case Type::kString:
        read = ReadString(ignored, ignored_buffer);
        break;
      case Type::kBinary:
        read = ReadLength(0, length) && skip_bytes(length + 1);  // A subtype byte stands before the content.
        break;
      case Type::kBoolean:
        read = ReadBool(flag);
        break;
      case Type::kInt32:
        read = ReadInt64(number);
        break;
      case Type::kObjectId:
        read = skip_bytes(12);
        break;
      case Type::kDouble:
      case Type::kDateTime:
      case Type::kTimestamp:
      case Type::kInt64:
        read = skip_bytes(8);
        break;
      case Type::kNull:
      case Type::kUndefined:
        break;
    }
    if (!read) return false;
    while (depth_ > outer && !NextElement()) {
      if (!ok()) return false;
    }
  } while (depth_ > outer);
  return true;
}

}  // namespace skerry::protocol
