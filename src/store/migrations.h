// Skerry's own tables (ps_*): created on first open, brought up to date on later ones.
//
// The version stands in `ps_migration`; a file written by a newer Skerry is refused untouched.
#pragma once

#include "base/random.h"
#include "sqlite/transaction.h"

namespace skerry::store {

// Tables (docs/storage-schema.md has every column):
//   ps_migration(id INTEGER PRIMARY KEY, applied TEXT)
//   ps_schema(id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL)        the applied schema; survives clear
//   ps_buckets(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last_applied_op, last_op, add_checksum, op_checksum,
//              pending_delete, count_at_last, count_since_last, downloaded_size: INTEGER NOT NULL DEFAULT 0)
//   ps_pending(id INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, format INTEGER NOT NULL, line BLOB NOT NULL)
//   ps_oplog(type TEXT, row_id TEXT, bucket INTEGER, subkey TEXT, op_id INTEGER, hash INTEGER, data TEXT,
//            PRIMARY KEY(type, row_id, bucket, subkey)) WITHOUT ROWID           published PUTs only
//   ps_updated_rows(row_type TEXT, row_id TEXT, PRIMARY KEY) WITHOUT ROWID
//   ps_untyped(type TEXT, id TEXT, data TEXT, PRIMARY KEY(type, id)) WITHOUT ROWID
//   ps_crud(id INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT, tx_id INTEGER)
//   ps_tx(id INTEGER PRIMARY KEY, current_tx INTEGER, next_tx INTEGER, serial INTEGER, gate_serial INTEGER)
//   ps_kv(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID
//   ps_sync_state(priority INTEGER PRIMARY KEY, last_synced_at INTEGER NOT NULL)
//   ps_stream_subscriptions (client-core section 2)

inline constexpr int kStoreVersion = 1;

// Creates or upgrades the tables; on a current database it writes nothing (C-013). A new database gets its client id.
Status Migrate(sqlite::WriteTransaction& write, Random& random);

}  // namespace skerry::store
