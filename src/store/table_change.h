// Brings one existing table from its old description to the new one, in place: the application's views, triggers and
// indexes on it survive.
#pragma once

#include "schema/schema.h"
#include "sqlite/transaction.h"

namespace skerry::store {

// Both describe the same row type and are of the same kind, which is not insert-only. Runs no statement if nothing that
// the database knows of differs.
Status ChangeTable(sqlite::WriteTransaction& write, const schema::Table& before, const schema::Table& after);

}  // namespace skerry::store
