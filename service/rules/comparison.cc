#include "rules/comparison.h"

#include <string_view>

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

constexpr double kTwoTo63 = 9223372036854775808.0;

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
  if (real >= kTwoTo63) return -1;
  if (real < -kTwoTo63) return 1;
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

// UTF-8 sorts by code point. By UTF-16 unit, the surrogate pairs of characters above U+FFFF come before U+E000.
int CompareUtf16(std::string_view a, std::string_view b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  if (at == a.size() || at == b.size()) return Sign(a.size() < b.size(), a.size() > b.size());
  const auto x = static_cast<unsigned char>(a[at]);
  const auto y = static_cast<unsigned char>(b[at]);
  if (x >= 0xf0 && (y == 0xee || y == 0xef)) return -1;
  if (y >= 0xf0 && (x == 0xee || x == 0xef)) return 1;
  return Sign(x<y, x> y);
}

}  // namespace

int Compare(const Value& left, const Value& right, const Dialect& dialect) {
  const int ranks = Rank(left.type) - Rank(right.type);
  if (ranks != 0) return ranks;
  switch (left.type) {
    case Type::kNull:
      return 0;
    case Type::kInteger:
    case Type::kReal:
      return CompareNumbers(left, right);
    case Type::kText:
      if (!dialect.sqlite) return CompareUtf16(left.bytes, right.bytes);
      break;
    case Type::kBlob:
      break;
  }
  return left.bytes.compare(right.bytes);  // char_traits<char> compares as unsigned bytes.
}

Value CompareWith(Op op, const Value& left, const Value& right, const Dialect& dialect, Scratch& scratch) {
  if (left.is_null() || right.is_null()) return Value::Null();
  if (left.type == Type::kBlob && right.type == Type::kBlob && !dialect.sqlite) {
    return scratch.Fail("two blobs cannot be compared");
  }
  const int order = Compare(left, right, dialect);
  bool holds = false;
  switch (op) {
    case Op::kEqual:
      holds = order == 0;
      break;
    case Op::kNotEqual:
      holds = order != 0;
      break;
    case Op::kLess:
      holds = order < 0;
      break;
    case Op::kLessEqual:
      holds = order <= 0;
      break;
    case Op::kGreater:
      holds = order > 0;
      break;
    default:
      holds = order >= 0;
      break;
  }
  return Value::Integer(holds);
}

}  // namespace skerry::rules
