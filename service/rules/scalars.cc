#include "rules/scalars.h"

#include <charconv>
#include <cmath>

#include "rules/number_reading.h"
#include "rules/number_text.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

}  // namespace

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

double AsReal(const Value& number) {
  return number.type == Type::kReal ? number.real : static_cast<double>(number.integer);
}
}  // namespace skerry::rules
