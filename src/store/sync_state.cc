#include "store/sync_state.h"

namespace skerry::store {

Result<std::vector<PrioritySynced>> ReadSyncState(sqlite::Connection& db) {
  SKERRY_ASSIGN(rows, db.Cached("SELECT priority, last_synced_at FROM ps_sync_state ORDER BY priority"));
  std::vector<PrioritySynced> state;
  for (;;) {
    SKERRY_ASSIGN(row, rows->Step());
    if (!row) break;
    state.push_back({static_cast<bucket::Priority>(rows->Int64(0)), std::chrono::microseconds(rows->Int64(1))});
  }
  rows->Reset();
  return state;
}

std::optional<PrioritySynced> LookUp(std::span<const PrioritySynced> state, bucket::Priority priority) {
  for (const PrioritySynced& entry : state) {
    if (entry.priority >= priority) return entry;
  }
  return std::nullopt;
}

Status RecordSynced(sqlite::WriteTransaction& write, bucket::Priority priority, std::chrono::microseconds now) {
  SKERRY_ASSIGN(forget, write.db().Cached("DELETE FROM ps_sync_state WHERE priority < ?1"));
  SKERRY_TRY(forget->Run(priority));
  SKERRY_ASSIGN(record,
                write.db().Cached("INSERT INTO ps_sync_state(priority, last_synced_at) VALUES(?1, ?2) "
                                  "ON CONFLICT(priority) DO UPDATE SET last_synced_at = excluded.last_synced_at"));
  return record->Run(priority, now.count());
}

}  // namespace skerry::store
