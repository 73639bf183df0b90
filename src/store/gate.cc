#include "store/gate.h"

#include "store/key_value.h"

namespace skerry::store {

Result<bool> IsGateOpen(sqlite::Connection& db) {
  SKERRY_ASSIGN(queued, db.QueryInt("SELECT 1 FROM ps_crud LIMIT 1"));
  if (queued) return false;
  SKERRY_ASSIGN(target, Target(db));
  if (!target) return true;
  SKERRY_ASSIGN(seen, GetInt(db, keys::kLastSeen));
  return Raw(*target) <= seen.value_or(0);
}

Result<bool> ReachesTarget(sqlite::Connection& db, std::optional<WriteCheckpoint> write_checkpoint) {
  SKERRY_ASSIGN(target, Target(db));
  if (!target) return true;
  return write_checkpoint.has_value() && Raw(*write_checkpoint) >= Raw(*target);
}

}  // namespace skerry::store
