// How values compare (sync-streams.md, section 5.2).
#pragma once

#include "row/value.h"
#include "rules/dialect.h"
#include "rules/expression.h"
#include "rules/scratch.h"

namespace skerry::rules {

// NULL, numbers, text, blobs, in this order; numbers by value, exactly. Text compares by UTF-16 unit in compatibility
// mode and by byte with SQLite. Neither side may be NULL where NULL has a meaning of its own.
int Compare(const row::Value& left, const row::Value& right, const Dialect& dialect);

// `left op right` as NULL, 0 or 1. Two blobs cannot be compared in compatibility mode.
row::Value CompareWith(Op op, const row::Value& left, const row::Value& right, const Dialect& dialect,
                       Scratch& scratch);

}  // namespace skerry::rules
