// Fills new and retyped columns of a synced table from the server's copies in ps_oplog: no new download is needed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

// The SQL of the column's value in the server's JSON `json` (an SQL expression), cast as publishing casts it (C-041).
std::string ServerValueSql(const schema::Column& column, std::string_view json);

// A row that may differ from the server's copy (ps_updated_rows) keeps its own value of a retyped column, cast; of an
// added column it has none, so that takes the server's.
Status FillColumns(sqlite::Connection& db, const schema::Table& table, const std::vector<schema::Column>& added,
                   const std::vector<schema::Column>& retyped);

}  // namespace skerry::store
