// Arrays, composites, ranges and multiranges in Postgres' text form → JSON.
#pragma once

#include <string>
#include <string_view>

#include "replication/postgres/types.h"

namespace skerry::replication::pg {

// Appends `text`, a value of `type`, as JSON: an array; an object by field name; {"lower","upper","lower_exclusive",
// "upper_exclusive"} or "empty". Booleans inside are 1 and 0 as everywhere, JSON nests, bytes are null (they have no
// JSON form). False for a text that is not of that form; then `out` has something half of it.
bool AppendAsJson(std::string& out, const TypeCatalog& types, const Type& type, std::string_view text);

}  // namespace skerry::replication::pg
