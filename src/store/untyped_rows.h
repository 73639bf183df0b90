// Published rows on their way between a synced table and ps_untyped, when the schema gives a type a table or takes it
// away.
#pragma once

#include "schema/schema.h"
#include "sqlite/transaction.h"

namespace skerry::store {

// Copies the rows of a synced table that is about to go: the server's copy where the row is as the server has it, else
// the row as it stands, so that a local change that still waits for its upload stays visible if the table comes back.
Status MoveToUntyped(sqlite::WriteTransaction& write, const schema::Table& table);

// Moves the rows of the table's type into the new table. Rows whose JSON no column can be read from stay behind.
Status MoveFromUntyped(sqlite::WriteTransaction& write, const schema::Table& table);

}  // namespace skerry::store
