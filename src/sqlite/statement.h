// A prepared statement as a value: bind, step, read, reset. Only this room and the VFS name sqlite3_*.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/ids.h"
#include "base/result.h"

struct sqlite3_stmt;

namespace skerry::sqlite {

enum class ValueType : std::uint8_t { kInteger = 1, kReal = 2, kText = 3, kBlob = 4, kNull = 5 };

struct Null {};
struct Blob {
  std::span<const std::uint8_t> bytes;
};

// Movable; finalised by its destructor. Bound text and blobs are not copied: they must stay valid until the statement
// is reset. Columns read from a row are valid until the next Step() or Reset().
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* stmt) : stmt_(stmt) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Binds all parameters from 1 on. Takes integers, enums of ids, double, text, Blob, Null, bool and optional of these.
  template <typename... Values>
  Status Bind(const Values&... values) {
    int index = 0;
    Status result;
    (void)((result = BindOne(++index, values), result.ok()) && ...);
    return result;
  }
  Status BindNull(int index);
  Status BindInt64(int index, std::int64_t value);
  Status BindDouble(int index, double value);
  Status BindText(int index, std::string_view text);
  Status BindBlob(int index, std::span<const std::uint8_t> bytes);

  // True if a row is ready, false at the end.
  Result<bool> Step();
  void Reset();
  // All parameters become NULL: nothing of what was bound is referred to any more.
  void ClearBindings();
  // Binds, steps to the end, resets: for statements whose rows do not matter.
  template <typename... Values>
  Status Run(const Values&... values) {
    Status bound = Bind(values...);
    if (!bound.ok()) return bound;
    return RunBound();
  }
  Status RunBound();

  int ColumnCount() const;
  std::string_view ColumnName(int column) const;
  int ParameterCount() const;
  bool IsReadOnly() const;

  ValueType Type(int column) const;
  bool IsNull(int column) const { return Type(column) == ValueType::kNull; }
  std::int64_t Int64(int column) const;
  double Double(int column) const;
  std::string_view Text(int column) const;
  std::span<const std::uint8_t> Bytes(int column) const;

  sqlite3_stmt* handle() const { return stmt_; }
  bool has_value() const { return stmt_ != nullptr; }

 private:
  template <typename T>
  Status BindOne(int index, const T& value) {
    if constexpr (std::is_same_v<T, Null> || std::is_same_v<T, std::nullopt_t>)
      return BindNull(index);
    else if constexpr (std::is_same_v<T, Blob>)
      return BindBlob(index, value.bytes);
    else if constexpr (std::is_enum_v<T>)
      return BindInt64(index, static_cast<std::int64_t>(value));
    else if constexpr (std::is_floating_point_v<T>)
      return BindDouble(index, value);
    else if constexpr (std::is_integral_v<T>)
      return BindInt64(index, static_cast<std::int64_t>(value));
    else if constexpr (std::is_convertible_v<const T&, std::string_view>)
      return BindText(index, value);
    else
      return value ? BindOne(index, *value) : BindNull(index);
  }

  sqlite3_stmt* stmt_ = nullptr;
};

}  // namespace skerry::sqlite
