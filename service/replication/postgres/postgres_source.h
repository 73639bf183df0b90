// A Postgres database as a source, by logical replication: no extension, no change of its schema (service.md,
// section 18).
//
// It needs wal_level = logical, a publication named `powersync` and a role that may replicate. A first copy is one
// snapshot, taken with the replication slot, so the first checkpoint is a state that the database had
// (docs/decisions/0009-one-snapshot-from-the-slot.md). Positions are places in the write-ahead log, as 16 hexadecimal
// digits.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "replication/postgres/connection.h"
#include "replication/source.h"

namespace skerry::replication {

struct PostgresSourceOptions {
  pg::ConnectionKeywords connection;
  std::string slot_prefix = "powersync_";  // Lower case letters, digits and underscores.
  // False: another source of the same service has a slot, so a strange one is not told of.
  bool is_alone = true;
  // How often to look for tables that were made, changed or dropped without a change of their rows.
  std::chrono::milliseconds look_at_tables_every{15'000};
  // How often the position of a source without changes is stored, so that it may forget its log.
  std::chrono::milliseconds move_on_every{60'000};
  // Between attempts to reach a source that is away: doubled from the first to the second.
  std::chrono::milliseconds first_retry{500};
  std::chrono::milliseconds last_retry{30'000};
};

// Connects with the first Poll(). `random` names slots and tables; both must outlive the source.
std::unique_ptr<Source> MakePostgresSource(PostgresSourceOptions options, Random& random, LogSink& log);

}  // namespace skerry::replication
