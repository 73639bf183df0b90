#include "rules/scalars.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "rules/number_text.h"

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

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The number at the front of a text, as SQLite reads one.
struct NumberSpan {
  std::size_t begin = 0;
  std::size_t integer_end = 0;  // After the sign and the digits before a point.
  std::size_t end = 0;
  bool is_real = false;
};
NumberSpan Scan(std::string_view text) {
  NumberSpan span;
  while (span.begin < text.size() && IsSpace(text[span.begin])) ++span.begin;
  std::size_t at = span.begin;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const std::size_t before = digits();
  span.integer_end = before > 0 ? at : span.begin;
  span.end = span.integer_end;
  std::size_t after = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    after = digits();
    if (before + after > 0) {
      span.end = at;
      span.is_real = true;
    }
  }
  if (before + after == 0) return span;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() > 0) {
      span.end = at;
      span.is_real = true;
    }
  }
  return span;
}

double RealIn(std::string_view text, const NumberSpan& span) {
  const std::string number(text.substr(span.begin, span.end - span.begin));
  return number.empty() ? 0 : std::strtod(number.c_str(), nullptr);
}

// Integer digits that overflow saturate; `fits` says whether they did not.
std::int64_t IntegerIn(std::string_view text, const NumberSpan& span, bool& fits) {
  std::string_view digits = text.substr(span.begin, span.integer_end - span.begin);
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  fits = read.ec != std::errc::result_out_of_range;
  if (fits) return value;
  return digits[0] == '-' ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::int64_t Clamp(double real) {
  if (!(real > -kTwoTo63)) return std::isnan(real) ? 0 : std::numeric_limits<std::int64_t>::min();
  if (real >= kTwoTo63) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(real);
}

Value RealOrNull(double real) { return std::isnan(real) ? Value::Null() : Value::Real(real); }

Value Real(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return RealOrNull(a + b);
    case Op::kSubtract:
      return RealOrNull(a - b);
    case Op::kMultiply:
      return RealOrNull(a * b);
    default:
      return b == 0 ? Value::Null() : RealOrNull(a / b);
  }
}

double AsReal(const Value& number) {
  return number.type == Type::kReal ? number.real : static_cast<double>(number.integer);
}
// Of a text the digits before its point, as in a cast to integer.
std::int64_t AsInteger(const Value& value) {
  bool fits = false;
  switch (value.type) {
    case Type::kReal:
      return Clamp(value.real);
    case Type::kText:
    case Type::kBlob:
      return IntegerIn(value.bytes, Scan(value.bytes), fits);
    default:
      return value.integer;
  }
}

Value Shift(std::int64_t value, std::int64_t count, bool is_left) {
  if (count < 0) {
    is_left = !is_left;
    count = count > -64 ? -count : 64;
  }
  if (count >= 64) return Value::Integer(value >= 0 || is_left ? 0 : -1);
  if (is_left) return Value::Integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << count));
  return Value::Integer(value >> count);
}

Value Modulo(const Value& a, const Value& b) {
  const std::int64_t divisor = AsInteger(b);
  if (divisor == 0) return Value::Null();
  const std::int64_t rest = divisor == -1 ? 0 : AsInteger(a) % divisor;
  const bool is_real = ToNumber(a).type == Type::kReal || ToNumber(b).type == Type::kReal;
  return is_real ? Value::Real(static_cast<double>(rest)) : Value::Integer(rest);
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

bool IsTrue(const Value& value, const Dialect& dialect) {
  switch (value.type) {
    case Type::kInteger:
      return value.integer != 0;
    case Type::kReal:
      return value.real != 0;
    case Type::kNull:
      return false;
    case Type::kBlob:
      if (!dialect.sqlite) return false;
      break;
    case Type::kText:
      break;
  }
  const NumberSpan span = Scan(value.bytes);
  if (dialect.sqlite) return RealIn(value.bytes, span) != 0;
  bool fits = false;
  return IntegerIn(value.bytes, span, fits) != 0;
}

Value NumberIn(std::string_view text) {
  const NumberSpan span = Scan(text);
  if (!span.is_real) {
    bool fits = false;
    const std::int64_t integer = IntegerIn(text, span, fits);
    if (fits) return Value::Integer(integer);
  }
  return Value::Real(RealIn(text, span));
}

Value ToNumber(const Value& value) {
  return value.type == Type::kText || value.type == Type::kBlob ? NumberIn(value.bytes) : value;
}

void AppendText(std::string& out, const Value& value, const Dialect& dialect) {
  switch (value.type) {
    case Type::kNull:
      return;
    case Type::kInteger: {
      char text[24];
      out.append(text, std::to_chars(text, text + sizeof text, value.integer).ptr);
      return;
    }
    case Type::kReal:
      dialect.sqlite ? AppendAsSqlite(out, value.real) : AppendAsJavaScript(out, value.real);
      return;
    case Type::kText:
    case Type::kBlob:
      out += value.bytes;
  }
}

std::string_view TextOf(const Value& value, const Dialect& dialect, Scratch& scratch) {
  if (value.type == Type::kText || value.type == Type::kBlob) return value.bytes;
  std::string& text = scratch.New();
  AppendText(text, value, dialect);
  return text;
}

Value Cast(Op op, const Value& value, const Dialect& dialect, Scratch& scratch) {
  if (value.is_null()) return value;
  const bool is_number = value.type == Type::kInteger || value.type == Type::kReal;
  switch (op) {
    case Op::kCastText:
      return Value::Text(TextOf(value, dialect, scratch));
    case Op::kCastBlob:
      return Value::Blob(TextOf(value, dialect, scratch));
    case Op::kCastReal:
      return Value::Real(is_number ? AsReal(value) : RealIn(value.bytes, Scan(value.bytes)));
    case Op::kCastInteger: {
      if (value.type == Type::kReal) {
        return Value::Integer(Clamp(dialect.sqlite ? value.real : std::floor(value.real)));
      }
      bool fits = false;
      return is_number ? value : Value::Integer(IntegerIn(value.bytes, Scan(value.bytes), fits));
    }
    default: {
      if (is_number) return value;
      const Value number = NumberIn(value.bytes);
      std::int64_t integer = 0;
      if (dialect.sqlite && number.type == Type::kReal && row::IntegralReal(number.real, integer)) {
        return Value::Integer(integer);
      }
      return number;
    }
  }
}

Value Arithmetic(Op op, const Value& left, const Value& right, const Dialect& /*dialect*/) {
  if (left.is_null() || right.is_null()) return Value::Null();
  switch (op) {
    case Op::kModulo:
      return Modulo(left, right);
    case Op::kBitAnd:
      return Value::Integer(AsInteger(left) & AsInteger(right));
    case Op::kBitOr:
      return Value::Integer(AsInteger(left) | AsInteger(right));
    case Op::kShiftLeft:
    case Op::kShiftRight:
      return Shift(AsInteger(left), AsInteger(right), op == Op::kShiftLeft);
    default:
      break;
  }
  const Value a = ToNumber(left);
  const Value b = ToNumber(right);
  if (a.type != Type::kInteger || b.type != Type::kInteger) return Real(op, AsReal(a), AsReal(b));
  std::int64_t result = 0;
  bool has_overflow = false;
  switch (op) {
    case Op::kAdd:
      has_overflow = __builtin_add_overflow(a.integer, b.integer, &result);
      break;
    case Op::kSubtract:
      has_overflow = __builtin_sub_overflow(a.integer, b.integer, &result);
      break;
    case Op::kMultiply:
      has_overflow = __builtin_mul_overflow(a.integer, b.integer, &result);
      break;
    default:
      if (b.integer == 0) return Value::Null();
      has_overflow = a.integer == std::numeric_limits<std::int64_t>::min() && b.integer == -1;
      if (!has_overflow) result = a.integer / b.integer;
      break;
  }
  return has_overflow ? Real(op, AsReal(a), AsReal(b)) : Value::Integer(result);
}

}  // namespace skerry::rules
