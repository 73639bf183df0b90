// Some values of a row as one text, for storage to keep until a change of the row leaves them out (service.md, 4.1).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "row/value.h"

namespace skerry::ingest {

// Appends the values of `columns`.
void AppendRowCopy(std::string& out, std::span<const row::Value> values, std::span<const int> columns);

// Sets the values of `missing` from `copy`, from which they borrow. False if one of them is not in it.
bool RestoreFromCopy(std::string_view copy, std::span<const int> missing, std::span<row::Value> values);

}  // namespace skerry::ingest
