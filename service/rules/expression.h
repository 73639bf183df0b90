// The leaves of a plan: values of a row, values of a request, and the comparisons between them and literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "row/value.h"

namespace skerry::rules {

// A value that owns its text.
struct Literal {
  row::Type type = row::Type::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;

  static Literal From(const row::Value& value);
  row::Value view() const;
};

enum class Comparison : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIsNull,
  kIsNotNull
};

// `left op right` in SQL's sense: NULL on either side holds for nothing but the two null tests. Numbers compare by
// value, number < text < blob; no affinity, no collation.
bool Holds(Comparison op, const row::Value& left, const row::Value& right);

// A test of one row: a column against a literal or against another column.
struct RowFilter {
  std::string column;
  Comparison op = Comparison::kEqual;
  std::variant<Literal, std::string> right;  // A string is a column's name; unused for the null tests.
};

// Where a request's value comes from. Only the first is signed.
enum class RequestScope : std::uint8_t { kAuth, kSubscription, kConnection };

struct RequestExpression {
  RequestScope scope = RequestScope::kAuth;
  std::vector<std::string> path;  // One key, or several after "$.".
};

struct RequestFilter {
  RequestExpression left;
  Comparison op = Comparison::kEqual;
  std::variant<Literal, RequestExpression> right;
};

}  // namespace skerry::rules
