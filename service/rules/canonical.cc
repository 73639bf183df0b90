#include "rules/canonical.h"

#include <algorithm>
#include <vector>

#include "base/json.h"

namespace skerry::rules {
namespace {

std::string Quote(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

// Numbers of the enum would change when an operator is added in the middle.
std::string_view NameOf(Op op) {
  switch (op) {
    case Op::kLiteral:
      return "lit";
    case Op::kColumn:
      return "c";
    case Op::kElementKey:
      return "key";
    case Op::kElementValue:
      return "value";
    case Op::kSchema:
      return "schema";
    case Op::kTableName:
      return "table";
    case Op::kTableSuffix:
      return "suffix";
    case Op::kRequest:
      return "request";
    case Op::kBucketParameter:
      return "bucket";
    case Op::kSlot:
      return "slot";
    case Op::kAnd:
      return "and";
    case Op::kOr:
      return "or";
    case Op::kNot:
      return "not";
    case Op::kEqual:
      return "=";
    case Op::kNotEqual:
      return "!=";
    case Op::kLess:
      return "<";
    case Op::kLessEqual:
      return "<=";
    case Op::kGreater:
      return ">";
    case Op::kGreaterEqual:
      return ">=";
    case Op::kIsNull:
      return "isnull";
    case Op::kIsTrue:
      return "istrue";
    case Op::kIsFalse:
      return "isfalse";
    case Op::kInList:
      return "in";
    case Op::kInJson:
      return "injson";
    case Op::kAdd:
      return "+";
    case Op::kSubtract:
      return "-";
    case Op::kMultiply:
      return "*";
    case Op::kDivide:
      return "/";
    case Op::kModulo:
      return "%";
    case Op::kBitAnd:
      return "&";
    case Op::kBitOr:
      return "|";
    case Op::kShiftLeft:
      return "<<";
    case Op::kShiftRight:
      return ">>";
    case Op::kConcat:
      return "||";
    case Op::kArrow:
      return "->";
    case Op::kArrowText:
      return "->>";
    case Op::kCase:
      return "case";
    case Op::kCaseOf:
      return "caseof";
    case Op::kCastText:
      return "text";
    case Op::kCastInteger:
      return "integer";
    case Op::kCastReal:
      return "real";
    case Op::kCastNumeric:
      return "numeric";
    case Op::kCastBlob:
      return "blob";
    case Op::kCall:
      return "call";
  }
  return "";
}

// Declared before the templates that call them.
std::string Canonical(const OutputColumn& column);
std::string Canonical(const KeyInput& key);
std::string Canonical(const Lookup& lookup);
using rules::Canonical;

template <typename Items>
std::string List(const Items& items) {
  std::string out = "[";
  for (const auto& item : items) out += Canonical(item);
  return out + "]";
}

// Conditions all hold or not, whatever their order.
template <typename Items>
std::string Sorted(const Items& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(Canonical(item));
  std::sort(texts.begin(), texts.end());
  std::string out = "{";
  for (const std::string& text : texts) out += text;
  return out + "}";
}

std::string Canonical(const row::TablePattern& table) {
  return Quote(table.connection) + Quote(table.schema) + (table.any_schema_suffix ? "%" : "") + Quote(table.name) +
         (table.any_name_suffix ? "%" : "");
}

std::string Canonical(const RowSource& rows) {
  return Canonical(rows.table) + List(rows.functions) + Sorted(rows.filters);
}

std::string Canonical(const OutputColumn& column) {
  return column.is_star ? "*" : "(" + rules::Canonical(column.value) + Quote(column.name) + ")";
}

std::string Canonical(const KeyInput& key) {
  std::vector<std::string> texts;
  for (const Input& input : key.inputs) texts.push_back(rules::Canonical(input));
  std::sort(texts.begin(), texts.end());
  std::string out = "{";
  for (const std::string& text : texts) out += text;
  return out + "}";
}

std::string Canonical(const Lookup& lookup) {
  return "l" + std::to_string(lookup.index) + List(lookup.keys) + std::to_string(lookup.first_slot);
}

}  // namespace

std::string Canonical(const Expression& expression) {
  std::string out(NameOf(expression.op));
  switch (expression.op) {
    case Op::kLiteral: {
      const row::Value value = expression.literal.view();
      out += ' ';
      if (!row::AppendJson(out, value)) out += "x" + Quote(value.bytes);
      break;
    }
    case Op::kColumn:
    case Op::kBucketParameter:
      out += Quote(expression.name);
      break;
    case Op::kElementKey:
    case Op::kElementValue:
    case Op::kSlot:
      out += std::to_string(expression.source);
      break;
    case Op::kRequest:
      out += std::to_string(static_cast<int>(expression.scope));
      break;
    case Op::kCall:
      out += ' ';
      out += NameOf(expression.function);
      break;
    default:
      break;
  }
  if (expression.arguments.empty()) return "(" + out + ")";
  return "(" + out + " " + List(expression.arguments) + ")";
}

std::string Canonical(const DataSource& source) {
  return "data(" + Canonical(source.rows) + " as " + Quote(source.output_table) + " by " + List(source.keys) +
         " gives " + List(source.outputs) + ")";
}

std::string Canonical(const IndexSource& source) {
  return "index(" + Canonical(source.rows) + " by " + List(source.keys) + " gives " + List(source.outputs) + ")";
}

std::string Canonical(const Input& input) {
  return input.slot >= 0 ? "(slot" + std::to_string(input.slot) + ")" : Canonical(input.value);
}

std::string CanonicalInputs(const Querier& querier) {
  return List(querier.functions) + Sorted(querier.filters) + List(querier.lookups) + List(querier.keys) +
         (querier.allows_null ? "null" : "") + (querier.priority ? std::to_string(*querier.priority) : "");
}

}  // namespace skerry::rules
