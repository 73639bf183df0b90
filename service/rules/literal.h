// A value that owns its text: constants of a query, values of a request.
#pragma once

#include <cstdint>
#include <string>

#include "row/value.h"

namespace skerry::rules {

struct Literal {
  row::Type type = row::Type::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;

  static Literal From(const row::Value& value) {
    return {.type = value.type, .integer = value.integer, .real = value.real, .text = std::string(value.bytes)};
  }
  row::Value view() const { return {.type = type, .integer = integer, .real = real, .bytes = text}; }
};

}  // namespace skerry::rules
