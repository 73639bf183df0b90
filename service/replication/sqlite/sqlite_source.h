// The embedded source: a SQLite file that any process may write, the sqlite3 shell included (service.md, section 19).
//
// Triggers made here record the key of every changed row in the table `skerry_changes`, in the writer's own
// transaction. Poll() reads what was recorded and the rows themselves inside one read transaction, so what it delivers
// is a state the file had, of whole transactions. Positions are the record numbers, padded to 20 digits.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "replication/source.h"

namespace skerry::replication {

struct SqliteSourceOptions {
  std::string path;
  // How long to wait for a writer that holds the file before failing with kStorageBusy.
  int busy_timeout_ms = 5000;
};

// The file must exist; it is switched to WAL mode, so that readers and writers do not wait for each other. `random`
// names the file's history the first time; both must outlive the source.
Result<std::unique_ptr<Source>> OpenSqliteSource(const SqliteSourceOptions& options, Random& random, LogSink& log);

}  // namespace skerry::replication
