// What values are as numbers, as text and as truth (sync-streams.md, section 5.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "row/value.h"
#include "rules/dialect.h"
#include "rules/expression.h"
#include "rules/scratch.h"

namespace skerry::rules {

// As a condition. NULL is not true.
bool IsTrue(const row::Value& value, const Dialect& dialect);

// The number at the front of a text ("2abc" is 2), an integer unless it is written as a real.
row::Value NumberIn(std::string_view text);
// A number as it is, text and blobs by the number at their front. NULL stays NULL.
row::Value ToNumber(const row::Value& value);
// Of a number.
double AsReal(const row::Value& number);

// Appends a number as CAST(x AS TEXT) prints it, other values as their bytes.
void AppendText(std::string& out, const row::Value& value, const Dialect& dialect);
// The bytes of `value` as text: its own, or in `scratch`.
std::string_view TextOf(const row::Value& value, const Dialect& dialect, Scratch& scratch);

// op is one of the casts.
row::Value Cast(Op op, const row::Value& value, const Dialect& dialect, Scratch& scratch);

}  // namespace skerry::rules
