// A value of the source as the rules see it: one of SQLite's five types. Sources convert to these once
// (sync-streams.md, section 10); nothing after that knows which database a row came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace skerry::row {

enum class Type : std::uint8_t { kNull, kInteger, kReal, kText, kBlob };

// Borrows its text or bytes from the source's buffer.
struct Value {
  Type type = Type::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view bytes;  // kText (UTF-8) and kBlob.

  static Value Null() { return {}; }
  static Value Integer(std::int64_t value) { return {.type = Type::kInteger, .integer = value}; }
  static Value Real(double value) { return {.type = Type::kReal, .real = value}; }
  static Value Text(std::string_view value) { return {.type = Type::kText, .bytes = value}; }
  static Value Blob(std::string_view value) { return {.type = Type::kBlob, .bytes = value}; }

  bool is_null() const { return type == Type::kNull; }
};

// The integer that a real stands for, if it has no fraction and fits: 2.0 and 2 are one key (S5).
bool IntegralReal(double value, std::int64_t& integer);

// Appends `value` as a member of a key: integers and integral reals without fraction, other reals in their shortest
// form, text as a JSON string. False for NULL and blobs, which never join anything.
bool AppendKey(std::string& out, const Value& value);

// Appends `value` as a member of a row's data: like AppendKey, but reals keep their ".0" and NULL is written. False for
// blobs, which are not synced.
bool AppendJson(std::string& out, const Value& value);

// Text as it may enter JSON: bytes that are not UTF-8 (SQLite does not check) become U+FFFD. `scratch` holds a repaired
// copy.
std::string_view ValidUtf8(std::string_view text, std::string& scratch);

}  // namespace skerry::row
