#include "rules/program.h"

#include "rules/arithmetic.h"
#include "rules/comparison.h"
#include "rules/scalars.h"

namespace skerry::rules {
namespace {

using row::Value;

Value RequestText(RequestScope scope, const RequestScopes& scopes) {
  std::string_view text = scopes.connection;
  if (scope == RequestScope::kAuth) text = scopes.token;
  if (scope == RequestScope::kSubscription) text = scopes.subscription;
  return text.empty() ? Value::Null() : Value::Text(text);
}

Value Concat(const Value& left, const Value& right, const Dialect& dialect, Scratch& scratch) {
  if (left.is_null() || right.is_null()) return Value::Null();
  std::string& text = scratch.New();
  AppendText(text, left, dialect);
  AppendText(text, right, dialect);
  return Value::Text(text);
}

}  // namespace

Program::Program(const Expression& expression, const Dialect& dialect, const Names& names) : dialect_(dialect) {
  Add(expression, names);
  const Node& root = nodes_.back();
  if (root.op == Op::kColumn) only_column_ = root.place;
}

std::string_view Program::Keep(std::string_view text) {
  return *texts_.emplace_back(std::make_unique<const std::string>(text));
}

std::uint32_t Program::Add(const Expression& expression, const Names& names) {
  std::vector<std::uint32_t> children;
  for (const Expression& argument : expression.arguments) children.push_back(Add(argument, names));
  Node node{
      .op = expression.op, .function = expression.function, .scope = expression.scope, .place = expression.source};
  node.first = static_cast<std::uint32_t>(children_.size());
  node.count = static_cast<std::uint32_t>(children.size());
  children_.insert(children_.end(), children.begin(), children.end());
  switch (expression.op) {
    case Op::kLiteral:
      node.constant = expression.literal.view();
      node.constant.bytes = Keep(expression.literal.text);
      break;
    case Op::kColumn:
      node.place = names.column ? names.column(expression.name) : -1;
      if (node.place < 0) node.op = Op::kLiteral;
      break;
    case Op::kSchema:
    case Op::kTableName:
    case Op::kTableSuffix:
      node.op = Op::kLiteral;
      if (names.table == nullptr || names.pattern == nullptr) break;
      node.constant = Value::Text(Keep(expression.op == Op::kSchema      ? row::SchemaOf(*names.table)
                                       : expression.op == Op::kTableName ? names.table->name
                                                                         : names.pattern->Suffix(names.table->name)));
      break;
    default:
      break;
  }
  nodes_.push_back(node);
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

bool Program::Holds(const Inputs& inputs, Scratch& scratch) const {
  const Value value = Run(inputs, scratch);
  return !scratch.has_failed() && IsTrue(value, dialect_);
}

bool Program::ChildHolds(const Node& node, std::uint32_t at, const Inputs& inputs, Scratch& scratch) const {
  return IsTrue(Child(node, at, inputs, scratch), dialect_);
}

Value Program::Eval(const Node& node, const Inputs& inputs, Scratch& scratch) const {
  switch (node.op) {
    case Op::kLiteral:
    case Op::kSchema:
    case Op::kTableName:
    case Op::kTableSuffix:
      return node.constant;
    case Op::kColumn:
      return inputs.row[static_cast<std::size_t>(node.place)];
    case Op::kElementKey:
      return inputs.elements[static_cast<std::size_t>(node.place)].key;
    case Op::kElementValue:
      return inputs.elements[static_cast<std::size_t>(node.place)].value;
    case Op::kRequest:
      return inputs.request == nullptr ? Value::Null() : RequestText(node.scope, *inputs.request);
    case Op::kBucketParameter:
    case Op::kSlot:
      break;  // Never part of a plan's expression.
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot:
      return Logic(node, inputs, scratch);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: {
      const Value left = Child(node, 0, inputs, scratch);
      return CompareWith(node.op, left, Child(node, 1, inputs, scratch), dialect_, scratch);
    }
    case Op::kIsNull:
      return Value::Integer(Child(node, 0, inputs, scratch).is_null());
    case Op::kIsTrue:
      return Value::Integer(ChildHolds(node, 0, inputs, scratch));
    case Op::kIsFalse: {
      const Value value = Child(node, 0, inputs, scratch);
      return Value::Integer(!value.is_null() && !IsTrue(value, dialect_));
    }
    case Op::kInList:
      return InList(node, inputs, scratch);
    case Op::kInJson: {
      const Value value = Child(node, 0, inputs, scratch);
      return IsInJson(value, Child(node, 1, inputs, scratch), dialect_, scratch);
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
    case Op::kBitAnd:
    case Op::kBitOr:
    case Op::kShiftLeft:
    case Op::kShiftRight: {
      const Value left = Child(node, 0, inputs, scratch);
      return Arithmetic(node.op, left, Child(node, 1, inputs, scratch));
    }
    case Op::kConcat: {
      const Value left = Child(node, 0, inputs, scratch);
      return Concat(left, Child(node, 1, inputs, scratch), dialect_, scratch);
    }
    case Op::kArrow:
    case Op::kArrowText: {
      const Value json = Child(node, 0, inputs, scratch);
      return Arrow(json, Child(node, 1, inputs, scratch), node.op == Op::kArrowText, dialect_, scratch);
    }
    case Op::kCase:
    case Op::kCaseOf:
      return Case(node, inputs, scratch);
    case Op::kCastText:
    case Op::kCastInteger:
    case Op::kCastReal:
    case Op::kCastNumeric:
    case Op::kCastBlob:
      return Cast(node.op, Child(node, 0, inputs, scratch), dialect_, scratch);
    case Op::kCall:
      return CallFunction(node, inputs, scratch);
  }
  return {};
}

// Compatibility mode knows no unknown truth: NULL counts as false, also for NOT. SQLite has three values.
Value Program::Logic(const Node& node, const Inputs& inputs, Scratch& scratch) const {
  if (node.op == Op::kNot) {
    const Value value = Child(node, 0, inputs, scratch);
    if (value.is_null() && dialect_.sqlite) return value;
    return Value::Integer(!IsTrue(value, dialect_));
  }
  const bool deciding = node.op == Op::kOr;  // This truth of one side decides.
  bool has_null = false;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Value value = Child(node, i, inputs, scratch);
    if (value.is_null() && dialect_.sqlite) {
      has_null = true;
    } else if (IsTrue(value, dialect_) == deciding) {
      return Value::Integer(deciding);
    }
  }
  return has_null ? Value::Null() : Value::Integer(!deciding);
}

Value Program::Case(const Node& node, const Inputs& inputs, Scratch& scratch) const {
  std::uint32_t at = node.op == Op::kCaseOf ? 1 : 0;
  const Value subject = at == 1 ? Child(node, 0, inputs, scratch) : Value::Null();
  for (; at + 1 < node.count; at += 2) {
    Value condition = Child(node, at, inputs, scratch);
    if (node.op == Op::kCaseOf) condition = CompareWith(Op::kEqual, subject, condition, dialect_, scratch);
    if (IsTrue(condition, dialect_)) return Child(node, at + 1, inputs, scratch);
  }
  return Child(node, at, inputs, scratch);
}

Value Program::InList(const Node& node, const Inputs& inputs, Scratch& scratch) const {
  if (node.count == 1) return Value::Integer(0);
  const Value value = Child(node, 0, inputs, scratch);
  if (value.is_null()) return value;
  bool has_null = false;
  for (std::uint32_t i = 1; i < node.count; ++i) {
    const Value equal = CompareWith(Op::kEqual, value, Child(node, i, inputs, scratch), dialect_, scratch);
    if (equal.is_null()) {
      has_null = true;
    } else if (equal.integer != 0) {
      return equal;
    }
  }
  return has_null ? Value::Null() : Value::Integer(0);
}

Value Program::CallFunction(const Node& node, const Inputs& inputs, Scratch& scratch) const {
  // The chosen side alone is evaluated: the other may be what the condition guards against.
  if (node.function == Function::kIif) {
    return Child(node, ChildHolds(node, 0, inputs, scratch) ? 1 : 2, inputs, scratch);
  }
  if (node.function == Function::kIfNull) {
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const Value value = Child(node, i, inputs, scratch);
      if (!value.is_null()) return value;
    }
    return {};
  }
  const std::size_t base = scratch.arguments.size();
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Value value = Child(node, i, inputs, scratch);
    scratch.arguments.push_back(value);
  }
  const Value result = Call(node.function, std::span(scratch.arguments).subspan(base, node.count), dialect_, scratch);
  scratch.arguments.resize(base);
  return result;
}

}  // namespace skerry::rules
