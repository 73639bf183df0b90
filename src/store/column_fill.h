// Fills new and retyped columns of a synced table from the server's copies in ps_oplog: no new download is needed.
#pragma once

#include <vector>

#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

// A row that may differ from the server's copy (ps_updated_rows) keeps its own value of a retyped column, cast; of an
// added column it has none, so that takes the server's. Values are cast as publishing casts them (C-041).
Status FillColumns(sqlite::Connection& db, const schema::Table& table, const std::vector<schema::Column>& added,
                   const std::vector<schema::Column>& retyped);

}  // namespace skerry::store
