// What would be copied if replication began now: a look into the source that leaves nothing behind, neither a slot nor
// a lock on its rows.
//
// One read-only transaction with one snapshot, so what is given is a state that the database had.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "replication/postgres/connection.h"
#include "replication/source.h"

namespace skerry::replication::pg {

// Gives the sink every row of the tables that are `wanted`, as BeginTable, Upsert and EndTable. Gives what stands in
// the way of replicating, for a person, each with the statement that mends it; a table that is only missing from the
// publication is read all the same.
Result<std::vector<std::string>> Preview(const ConnectionKeywords& keywords, std::span<const std::string> wanted,
                                         const ValueForms& forms, ChangeSink& sink);

}  // namespace skerry::replication::pg
