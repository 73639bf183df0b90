// A scalar of a plan, as a tree. Names are resolved as far as the config alone allows: a column belongs to the one
// table that the expression is about, whatever that table was called in the query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rules/functions.h"
#include "rules/literal.h"

namespace skerry::rules {

enum class Op : std::uint8_t {
  kLiteral,
  // What a row, a table or a request has.
  kColumn,
  kElementKey,  // Of a table function's present row.
  kElementValue,
  kSchema,
  kTableName,
  kTableSuffix,
  kRequest,          // A whole object of the request, as JSON text.
  kBucketParameter,  // Legacy data queries only; gone when a plan is made.
  kSlot,             // What a lookup returned; stands alone, never inside an expression.
  // Truth.
  kAnd,
  kOr,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIsNull,
  kIsTrue,
  kIsFalse,
  kInList,  // The first argument in the others.
  kInJson,  // The first argument in the JSON array that the second holds.
  // Numbers and text.
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kBitAnd,
  kBitOr,
  kShiftLeft,
  kShiftRight,
  kConcat,
  kArrow,
  kArrowText,
  kCase,    // Pairs of condition and value, then the value for else.
  kCaseOf,  // The subject first, then as kCase.
  kCastText,
  kCastInteger,
  kCastReal,
  kCastNumeric,
  kCastBlob,
  kCall,
};

// Where a request's value comes from. Only the first is signed.
enum class RequestScope : std::uint8_t { kAuth, kSubscription, kConnection };

struct Expression {
  Op op = Op::kLiteral;
  Literal literal;
  std::string name;  // kColumn, kBucketParameter.
  // While compiling, the table or table function a leaf belongs to; in a plan, the ordinal of the table function or the
  // number of the slot.
  int source = -1;
  RequestScope scope = RequestScope::kAuth;
  Function function = Function::kNone;
  std::vector<Expression> arguments;
  std::size_t offset = 0;  // Into the query's text; no part of a plan.

  static Expression Of(Literal value, std::size_t at) { return {.literal = std::move(value), .offset = at}; }
  static Expression Make(Op op, std::size_t at, std::vector<Expression> arguments) {
    Expression made;
    made.op = op;
    made.offset = at;
    made.arguments = std::move(arguments);
    return made;
  }
};

}  // namespace skerry::rules
