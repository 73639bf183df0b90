// Skerry's own tables (ps_*): created on first open, brought up to date on later ones.
//
// The version stands in `ps_migration`; a file written by a newer Skerry is refused untouched.
#pragma once

#include "base/random.h"
#include "sqlite/transaction.h"

namespace skerry::store {

// The tables themselves: store/tables.h.
inline constexpr int kStoreVersion = 2;

// Creates or upgrades the tables; on a current database it writes nothing (C-013). A new database gets its client id.
Status Migrate(sqlite::WriteTransaction& write, Random& random);

}  // namespace skerry::store
