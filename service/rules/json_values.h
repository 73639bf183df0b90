// JSON inside scalars: members, elements, paths. Text that is not JSON, or nested deeper than 20 levels, is a failure
// of the row or request that holds it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "row/value.h"
#include "rules/dialect.h"
#include "rules/scratch.h"

namespace skerry::rules {

inline constexpr int kMaxJsonDepth = 20;

// One JSON value as SQL sees it: text, numbers, true and false as 1 and 0, null as NULL, objects and arrays as their
// text. `json` is one well-formed value.
row::Value ValueOfJson(std::string_view json, Scratch& scratch);

// One row of json_each.
struct Element {
  row::Value key;
  row::Value value;
};
// Appends the rows of json_each(argument): none for NULL, one for a JSON scalar. False if it failed.
bool AppendElements(const row::Value& argument, const Dialect& dialect, Scratch& scratch,
                    std::vector<Element>& elements);

// `json -> key` and `json ->> key`.
row::Value Arrow(const row::Value& json, const row::Value& key, bool as_sql, const Dialect& dialect, Scratch& scratch);

// NULL or 0 or 1: `value` is one of the elements that `json` holds.
row::Value IsInJson(const row::Value& value, const row::Value& json, const Dialect& dialect, Scratch& scratch);

row::Value JsonArrayLength(std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch);
row::Value JsonExtract(std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch);
row::Value JsonKeys(const row::Value& json, const Dialect& dialect, Scratch& scratch);
row::Value JsonValid(const row::Value& json);

}  // namespace skerry::rules
