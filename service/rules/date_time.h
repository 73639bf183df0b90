// datetime() and unixepoch(): SQLite's dates, without the words that depend on the moment ('now') or the machine
// ('localtime'), which give NULL.
#pragma once

#include <span>

#include "row/value.h"
#include "rules/dialect.h"
#include "rules/scratch.h"

namespace skerry::rules {

row::Value DateTime(std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch);
row::Value UnixEpoch(std::span<const row::Value> arguments, const Dialect& dialect, Scratch& scratch);

}  // namespace skerry::rules
