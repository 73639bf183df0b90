// Failures that a running app can meet are values: Result<T> and Status. Nothing in src/ throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace skerry {

enum class ErrorCode : std::uint8_t {
#define SKERRY_ERROR(name, wire, retry, text) name,
#include "base/error_codes.def"
#undef SKERRY_ERROR
};

// The stable text form of a code ("storage_full"), as it crosses to TypeScript and stands in docs/errors.md.
std::string_view WireName(ErrorCode code);

// What went wrong, with a message that names the thing at fault.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  int sqlite_code = 0;  // SQLite's extended result code, 0 when SQLite was not involved.

  // The same error with "<doing>: " before its message.
  [[nodiscard]] Error During(std::string_view doing) && {
    message.insert(0, ": ").insert(0, doing);
    return std::move(*this);
  }
};

// A value or the reason why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return Value(); }
  const T& operator*() const& { return Value(); }
  T&& operator*() && { return std::move(Value()); }
  T* operator->() { return &Value(); }
  const T* operator->() const { return &Value(); }

  const Error& error() const& { return ErrorValue(); }
  Error&& error() && {
    SKERRY_CHECK(!ok(), "error() is called only on a failed Result");
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T& Value() {
    SKERRY_CHECK(ok(), "a Result is read only when it is ok");
    return *std::get_if<0>(&state_);
  }
  const T& Value() const {
    SKERRY_CHECK(ok(), "a Result is read only when it is ok");
    return *std::get_if<0>(&state_);
  }
  const Error& ErrorValue() const {
    SKERRY_CHECK(!ok(), "error() is called only on a failed Result");
    return *std::get_if<1>(&state_);
  }
  std::variant<T, Error> state_;
};

// Done, or the reason why not.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    SKERRY_CHECK(!ok(), "error() is called only on a failed Status");
    return *error_;
  }
  Error&& error() && {
    SKERRY_CHECK(!ok(), "error() is called only on a failed Status");
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

inline const Status kDone{};

}  // namespace skerry

// Leaves the function with the error of `expr` (a Status or Result) if it failed.
#define SKERRY_TRY(expr)                                                                                       \
  do {                                                                                                         \
    if (auto skerry_try_result = (expr); !skerry_try_result.ok()) return std::move(skerry_try_result).error(); \
  } while (false)

// Declares `name` as the value of `expr` (a Result), or leaves the function with its error.
#define SKERRY_ASSIGN(name, expr)                                       \
  auto name##_or_error = (expr);                                        \
  if (!name##_or_error.ok()) return std::move(name##_or_error).error(); \
  auto name = *std::move(name##_or_error)
