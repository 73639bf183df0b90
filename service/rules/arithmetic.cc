#include "rules/arithmetic.h"

#include <cmath>
#include <limits>

#include "rules/number_reading.h"
#include "rules/scalars.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

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

Value Arithmetic(Op op, const Value& left, const Value& right) {
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
