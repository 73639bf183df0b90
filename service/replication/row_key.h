// The canonical form of a source row's key, under which a sink knows the row: ["a",1].
#pragma once

#include <span>
#include <string>

#include "row/value.h"

namespace skerry::replication {

// What a key with a NULL in it is. A primary key has none; where all columns are the key, they may be NULL.
enum class NullInKey { kIsNoKey, kIsAValue };

// Appends the key. False if a part is NULL and that makes it none.
bool AppendRowKey(std::string& out, std::span<const row::Value> parts, NullInKey null = NullInKey::kIsNoKey);

}  // namespace skerry::replication
