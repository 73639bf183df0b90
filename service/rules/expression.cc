#include "rules/expression.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

// NULL < numbers < text < blobs, as SQLite sorts.
int Rank(Type type) {
  switch (type) {
    case Type::kNull:
      return 0;
    case Type::kInteger:
    case Type::kReal:
      return 1;
    case Type::kText:
      return 2;
    case Type::kBlob:
      break;
  }
  return 3;
}

int Sign(bool less, bool greater) { return less ? -1 : greater ? 1 : 0; }

// Exact also where a double cannot hold the integer: 2^53 + 1 is more than 2^53 as a real.
int CompareIntegerWithReal(std::int64_t integer, double real) {
  if (real >= 9223372036854775808.0) return -1;
  if (real < -9223372036854775808.0) return 1;
  const auto whole = static_cast<std::int64_t>(real);  // Towards zero, in range.
  if (integer != whole) return integer < whole ? -1 : 1;
  const double fraction = real - static_cast<double>(whole);
  return Sign(fraction > 0, fraction < 0);
}

int CompareNumbers(const Value& a, const Value& b) {
  if (a.type == Type::kInteger && b.type == Type::kInteger) return Sign(a.integer<b.integer, a.integer> b.integer);
  if (a.type == Type::kReal && b.type == Type::kReal) return Sign(a.real<b.real, a.real> b.real);
  if (a.type == Type::kInteger) return CompareIntegerWithReal(a.integer, b.real);
  return -CompareIntegerWithReal(b.integer, a.real);
}

int Compare(const Value& a, const Value& b) {
  const int ranks = Rank(a.type) - Rank(b.type);
  if (ranks != 0) return ranks;
  if (Rank(a.type) == 1) return CompareNumbers(a, b);
  return a.bytes.compare(b.bytes);  // char_traits<char> compares as unsigned bytes.
}

}  // namespace

Literal Literal::From(const Value& value) {
  return {.type = value.type, .integer = value.integer, .real = value.real, .text = std::string(value.bytes)};
}

Value Literal::view() const { return {.type = type, .integer = integer, .real = real, .bytes = text}; }

bool Holds(Comparison op, const Value& left, const Value& right) {
  if (op == Comparison::kIsNull) return left.is_null();
  if (op == Comparison::kIsNotNull) return !left.is_null();
  if (left.is_null() || right.is_null()) return false;
  const int order = Compare(left, right);
  switch (op) {
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterEqual:
      return order >= 0;
    case Comparison::kIsNull:
    case Comparison::kIsNotNull:
      break;
  }
  return false;
}

}  // namespace skerry::rules
