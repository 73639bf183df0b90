#include <string_view>

#include "rules/explain.h"

namespace skerry::rules {
namespace {

std::string_view Infix(Op op) {
  switch (op) {
    case Op::kAnd:
      return " AND ";
    case Op::kOr:
      return " OR ";
    case Op::kEqual:
      return " = ";
    case Op::kNotEqual:
      return " != ";
    case Op::kLess:
      return " < ";
    case Op::kLessEqual:
      return " <= ";
    case Op::kGreater:
      return " > ";
    case Op::kGreaterEqual:
      return " >= ";
    case Op::kInJson:
      return " IN ";
    case Op::kAdd:
      return " + ";
    case Op::kSubtract:
      return " - ";
    case Op::kMultiply:
      return " * ";
    case Op::kDivide:
      return " / ";
    case Op::kModulo:
      return " % ";
    case Op::kBitAnd:
      return " & ";
    case Op::kBitOr:
      return " | ";
    case Op::kShiftLeft:
      return " << ";
    case Op::kShiftRight:
      return " >> ";
    case Op::kConcat:
      return " || ";
    case Op::kArrow:
      return " -> ";
    case Op::kArrowText:
      return " ->> ";
    default:
      return "";
  }
}

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += c;
    out += c;
  }
  return out + quote;
}

std::string LiteralText(const Literal& literal) {
  if (literal.type == row::Type::kText) return Quoted(literal.text, '\'');
  std::string out;
  if (!row::AppendJson(out, literal.view())) return "a blob";
  return out == "null" ? "NULL" : out;
}

std::string ColumnText(const std::string& name) {
  const bool is_plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  return is_plain ? name : Quoted(name, '"');
}

std::string List(const std::vector<Expression>& items, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < items.size(); ++i) out += (i > from ? ", " : "") + ToSql(items[i]);
  return out;
}

std::string ScopeName(RequestScope scope) {
  return scope == RequestScope::kAuth ? "auth" : scope == RequestScope::kSubscription ? "subscription" : "connection";
}

std::string Operand(const Expression& expression) {
  const bool is_infix = !Infix(expression.op).empty();
  return is_infix && expression.op != Op::kArrowText ? "(" + ToSql(expression) + ")" : ToSql(expression);
}

std::string CaseText(const Expression& expression) {
  std::size_t at = expression.op == Op::kCaseOf ? 1 : 0;
  std::string out = at == 1 ? "CASE " + ToSql(expression.arguments[0]) : "CASE";
  for (; at + 1 < expression.arguments.size(); at += 2) {
    out += " WHEN " + ToSql(expression.arguments[at]) + " THEN " + ToSql(expression.arguments[at + 1]);
  }
  return out + " ELSE " + ToSql(expression.arguments[at]) + " END";
}

}  // namespace

std::string ToSql(const Expression& expression) {
  const auto& arguments = expression.arguments;
  const auto cast = [&](const char* type) { return "CAST(" + ToSql(arguments[0]) + " AS " + type + ")"; };
  switch (expression.op) {
    case Op::kLiteral:
      return LiteralText(expression.literal);
    case Op::kColumn:
      return ColumnText(expression.name);
    case Op::kElementKey:
    case Op::kElementValue:
      return (expression.source > 0 ? "each" + std::to_string(expression.source + 1) : std::string("each")) +
             (expression.op == Op::kElementKey ? ".key" : ".value");
    case Op::kSchema:
      return "schema()";
    case Op::kTableName:
      return "table_name()";
    case Op::kTableSuffix:
      return "table_suffix()";
    case Op::kRequest:
      return ScopeName(expression.scope) + ".parameters()";
    case Op::kArrowText: {
      if (arguments[0].op != Op::kRequest) break;
      const bool is_user = arguments[0].scope == RequestScope::kAuth && arguments[1].literal.text == "sub";
      if (is_user) return "auth.user_id()";
      return ScopeName(arguments[0].scope) + ".parameter(" + ToSql(arguments[1]) + ")";
    }
    case Op::kNot:
      if (arguments[0].op == Op::kIsNull) return Operand(arguments[0].arguments[0]) + " IS NOT NULL";
      return "NOT (" + ToSql(arguments[0]) + ")";
    case Op::kIsNull:
      return Operand(arguments[0]) + " IS NULL";
    case Op::kIsTrue:
      return Operand(arguments[0]) + " IS TRUE";
    case Op::kIsFalse:
      return Operand(arguments[0]) + " IS FALSE";
    case Op::kInList:
      return Operand(arguments[0]) + " IN (" + List(arguments, 1) + ")";
    case Op::kCase:
    case Op::kCaseOf:
      return CaseText(expression);
    case Op::kCastText:
      return cast("text");
    case Op::kCastInteger:
      return cast("integer");
    case Op::kCastReal:
      return cast("real");
    case Op::kCastNumeric:
      return cast("numeric");
    case Op::kCastBlob:
      return cast("blob");
    case Op::kCall:
      return std::string(NameOf(expression.function)) + "(" + List(arguments, 0) + ")";
    default:
      break;
  }
  std::string out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) out += Infix(expression.op);
    out += Operand(arguments[i]);
  }
  return out;
}

}  // namespace skerry::rules
