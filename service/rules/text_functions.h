// Scalar functions over text and bytes. Compatibility mode counts UTF-16 units and knows the case of every letter;
// SQLite counts characters and knows ASCII.
#pragma once

#include <span>

#include "row/value.h"
#include "rules/dialect.h"
#include "rules/scratch.h"

namespace skerry::rules {

row::Value Hex(const row::Value& value, const Dialect& dialect, Scratch& scratch);
row::Value Base64(const row::Value& value, const Dialect& dialect, Scratch& scratch);
row::Value UuidBlob(const row::Value& value, Scratch& scratch);
row::Value Length(const row::Value& value, const Dialect& dialect, Scratch& scratch);
row::Value Instr(const row::Value& text, const row::Value& part, const Dialect& dialect, Scratch& scratch);
row::Value Lower(const row::Value& value, const Dialect& dialect, Scratch& scratch);
row::Value Upper(const row::Value& value, const Dialect& dialect, Scratch& scratch);
// Text, start, and a length or not.
row::Value Substring(std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch);

}  // namespace skerry::rules
