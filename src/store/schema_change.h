// From one schema to the next, in one transaction and without losing data.
//
// A table that leaves the schema moves its published rows to ps_untyped, one that joins takes them from there; an added
// or retyped column is filled from the server's copy in ps_oplog. Rows with local writes still in the queue keep their
// local values. Nothing is queued meanwhile. Views, triggers and indexes of the application stay.
#pragma once

#include <optional>

#include "schema/schema.h"
#include "sqlite/transaction.h"
#include "store/capture.h"

namespace skerry::store {

// The schema that the database has now; nullopt before the first ApplySchema().
Result<std::optional<schema::Schema>> LoadSchema(sqlite::Connection& db);

// Brings the database to `next`. An identical schema executes nothing (C-024). The caller then tells Capture and Guard.
Status ApplySchema(sqlite::WriteTransaction& write, Capture& capture, const schema::Schema& next);

}  // namespace skerry::store
