#include "sqlite/value.h"

#include <sqlite3.h>

#include <cstring>

namespace skerry::sqlite {

ValueType Value::Type() const {
  return value_ == nullptr ? ValueType::kNull : static_cast<ValueType>(sqlite3_value_type(value_));
}
std::int64_t Value::Int64() const { return value_ == nullptr ? 0 : sqlite3_value_int64(value_); }
double Value::Double() const { return value_ == nullptr ? 0.0 : sqlite3_value_double(value_); }

std::string_view Value::Text() const {
  const auto* text = value_ == nullptr ? nullptr : reinterpret_cast<const char*>(sqlite3_value_text(value_));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(value_))};
}

std::span<const std::uint8_t> Value::Bytes() const {
  const auto* bytes = value_ == nullptr ? nullptr : static_cast<const std::uint8_t*>(sqlite3_value_blob(value_));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(value_))};
}

bool Value::IsTrue() const {
  const ValueType type = Type();
  return type != ValueType::kNull && Double() != 0.0;
}

bool Identical(Value a, Value b) {
  const ValueType type = a.Type();
  if (type != b.Type()) return false;
  switch (type) {
    case ValueType::kInteger:
      return a.Int64() == b.Int64();
    case ValueType::kReal:
      return a.Double() == b.Double();
    case ValueType::kText:
      return a.Text() == b.Text();
    case ValueType::kBlob: {
      const auto x = a.Bytes();
      const auto y = b.Bytes();
      return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size()) == 0);
    }
    case ValueType::kNull:
      return true;
  }
  return false;
}

}  // namespace skerry::sqlite
