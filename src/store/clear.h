// What clear and resync do to the tables (client-core 18), in the caller's transaction.
#pragma once

#include "schema/schema.h"
#include "sqlite/transaction.h"
#include "store/bucket_book.h"
#include "store/capture.h"

namespace skerry::store {

struct ClearOptions {
  bool clear_local = true;  // Also the rows of local-only tables.
  bool soft = false;        // Keep what was downloaded, to be published again (C-201).
};

// Empties the app's tables, the upload queue and all sync state; the client id, transaction numbers and the schema
// stay. Nothing of it is queued. A soft clear changes `book` as Republish does, a hard one empties it.
Status ClearTables(sqlite::WriteTransaction& write, Capture& capture, const schema::Schema& schema,
                   const ClearOptions& options, BucketBook& book);

// Marks everything downloaded as not published (C-203), in the table and in `book`.
Status Republish(sqlite::WriteTransaction& write, BucketBook& book);

}  // namespace skerry::store
