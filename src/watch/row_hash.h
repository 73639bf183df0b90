// A row's values as 64 bits, so that results are compared without being kept.
//
// Not for secrets: two different rows collide by chance about once in 2^64 pairs. The seed keeps a table of colliding
// rows from being built in advance.
#pragma once

#include <cstdint>

#include "sqlite/statement.h"

namespace skerry::watch {

// Of the row on which the statement stands. Types count: 1, 1.0 and '1' differ.
std::uint64_t HashRow(const sqlite::Statement& statement, std::uint64_t seed);

}  // namespace skerry::watch
