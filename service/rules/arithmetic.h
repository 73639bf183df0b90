// Numbers computed as SQLite does: integers until they overflow, then reals. What has no result is NULL.
#pragma once

#include "row/value.h"
#include "rules/expression.h"

namespace skerry::rules {

// op is one of kAdd .. kShiftRight.
row::Value Arithmetic(Op op, const row::Value& left, const row::Value& right);

}  // namespace skerry::rules
