// One SQLite value that is not a result column: what a row hook or an SQL function is handed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sqlite/statement.h"

struct sqlite3_value;

namespace skerry::sqlite {

// Borrows the value, which SQLite owns: valid only during the call that handed it out. No value (a null pointer, which
// the hook gives for columns it does not know) reads as NULL.
class Value {
 public:
  explicit Value(sqlite3_value* value) : value_(value) {}

  ValueType Type() const;
  bool IsNull() const { return Type() == ValueType::kNull; }
  std::int64_t Int64() const;
  double Double() const;
  std::string_view Text() const;
  std::span<const std::uint8_t> Bytes() const;
  // Truth as SQL sees it: a number other than 0.
  bool IsTrue() const;

  // Same type and same value: 1 and 1.0 differ, NULL equals NULL.
  friend bool Identical(Value a, Value b);

 private:
  sqlite3_value* value_;
};

}  // namespace skerry::sqlite
