#include "store/migrations.h"

#include <iterator>

#include "store/key_value.h"
#include "store/tables.h"

namespace skerry::store {
namespace {

// The steps from the empty file to kStoreVersion, in order. A step, once released, is never edited.
constexpr const char* kSteps[][2] = {
    {kLocalTables, kDownloadTables},
    {"-- Entries of ps_oplog may be bare from here on, which an older Skerry would take for damaged rows.\n"
     "UPDATE ps_oplog SET data = ' ' WHERE data = ''",
     ""},
};
static_assert(std::size(kSteps) == kStoreVersion);

Result<std::int64_t> CurrentVersion(sqlite::Connection& db) {
  SKERRY_ASSIGN(exists, db.QueryInt("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ps_migration'"));
  if (!exists) return std::int64_t{0};
  SKERRY_ASSIGN(version, db.QueryInt("SELECT max(id) FROM ps_migration"));
  return version.value_or(0);
}

}  // namespace

Status Migrate(sqlite::WriteTransaction& write, Random& random) {
  sqlite::Connection& db = write.db();
  SKERRY_ASSIGN(version, CurrentVersion(db));
  if (version > kStoreVersion) {
    return Error{ErrorCode::kStorageUnavailable, "The database was written by a newer Skerry (store version " +
                                                     std::to_string(version) + ", this one knows " +
                                                     std::to_string(kStoreVersion) + "). Update the app to open it."};
  }
  if (version == kStoreVersion) return kDone;
  if (version == 0) SKERRY_TRY(db.Execute("CREATE TABLE ps_migration(id INTEGER PRIMARY KEY) STRICT"));
  for (std::int64_t step = version; step < kStoreVersion; ++step) {
    for (const char* sql : kSteps[step]) SKERRY_TRY(db.Execute(sql));
    SKERRY_ASSIGN(insert, db.Prepare("INSERT INTO ps_migration(id) VALUES (?1)"));
    SKERRY_TRY(insert.Run(step + 1));
  }
  if (version == 0) SKERRY_TRY(SetText(write, keys::kClientId, NewUuid(random)));
  return kDone;
}

}  // namespace skerry::store
