// How changes are recorded in the source file: one table and a few triggers per replicated table, which run inside the
// writer's transaction whoever the writer is.
//
// A record says "the row with this key may have changed", nothing more: the row itself is read when the record is
// processed. So a record too many costs one read, and one that is missing would be a lost change.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "replication/sqlite/table_inspector.h"
#include "sqlite/connection.h"

namespace skerry::replication {

inline constexpr std::size_t kMaxKeyColumns = 8;

// Creates the tables `skerry_changes` and `skerry_source` if they are missing. Gives the name of the file's history.
Result<std::string> PrepareCapture(sqlite::Connection& db, Random& random);

// Trigger name → its SQL, for one table.
std::map<std::string, std::string> TriggersFor(const InspectedTable& table);

// Makes the file's capture triggers exactly `wanted`, and gives the names of those that were missing or different. In
// the caller's transaction, like the two below.
Result<std::vector<std::string>> InstallTriggers(sqlite::Connection& db,
                                                 const std::map<std::string, std::string>& wanted);

// From here on, the records of `tables` are complete. A sink that has not yet committed this moment must copy them,
// also after a crash: that is why the file remembers it.
Status NoteCaptureStart(sqlite::Connection& db, const std::set<std::string>& tables);
// The number of the record from which the records of `table` are complete.
Result<std::int64_t> CaptureStart(sqlite::Connection& db, const std::string& table);

// The number of the newest record, 0 if there never was one. Numbers are never used twice.
Result<std::int64_t> NewestRecord(sqlite::Connection& db);
Status InsertMarker(sqlite::Connection& db);

// Records up to this number were removed; a reader behind it has lost history.
Result<std::int64_t> TrimmedUpTo(sqlite::Connection& db);
// Removes the records up to `seq`. In a transaction of its own.
Status Trim(sqlite::Connection& db, std::int64_t seq);

}  // namespace skerry::replication
