#include "storage/write_checkpoints.h"

namespace skerry::storage {

// The service counts from what is stored, whoever numbered it. An id that a client supplies replaces a smaller one
// only; an equal one asks for the same again and extends its life (P-110, P-111, I11).
Result<std::vector<WriteCheckpoint>> StoreWriteCheckpointRows(sqlite::Connection& db,
                                                              std::span<const WriteCheckpointRequest> requests,
                                                              std::string_view head, std::chrono::microseconds wall) {
  SKERRY_ASSIGN(count, db.Cached("INSERT INTO write_checkpoints VALUES (?1, 1, ?2, 0, ?3) ON CONFLICT DO UPDATE SET "
                                 "id = id + 1, position = excluded.position, is_supplied = 0, "
                                 "requested_at = excluded.requested_at WHERE id < 9223372036854775807 RETURNING id"));
  SKERRY_ASSIGN(supply, db.Cached("INSERT INTO write_checkpoints VALUES (?1, ?4, ?2, 1, ?3) ON CONFLICT DO UPDATE SET "
                                  "position = iif(excluded.id > id, excluded.position, position), "
                                  "is_supplied = iif(excluded.id > id, 1, is_supplied), "
                                  "requested_at = iif(excluded.id >= id, excluded.requested_at, requested_at), "
                                  "id = max(id, excluded.id) RETURNING id"));
  std::vector<WriteCheckpoint> ids;
  for (const WriteCheckpointRequest& request : requests) {
    const auto time = static_cast<std::int64_t>(wall.count());
    sqlite::Statement* statement = request.supplied ? supply : count;
    if (request.supplied) {
      SKERRY_TRY(supply->Bind(request.user_key, head, time, *request.supplied));
    } else {
      SKERRY_TRY(count->Bind(request.user_key, head, time));
    }
    SKERRY_ASSIGN(has_row, statement->Step());
    if (!has_row) {
      statement->Reset();
      return Error{.code = ErrorCode::kLimit, .message = "there is no write checkpoint after 9223372036854775807"};
    }
    ids.push_back(WriteCheckpoint{statement->Int64(0)});
    // A statement with RETURNING has done its work only at its end.
    SKERRY_ASSIGN(more, statement->Step());
    SKERRY_CHECK(!more, "one row in gives one row out");
    statement->Reset();
  }
  return ids;
}

Status ExpireWriteCheckpointRows(sqlite::Connection& db, std::chrono::microseconds before) {
  SKERRY_ASSIGN(remove, db.Cached("DELETE FROM write_checkpoints WHERE is_supplied = 1 AND requested_at < ?1"));
  return remove->Run(static_cast<std::int64_t>(before.count()));
}

Result<std::optional<WriteCheckpoint>> ReachedWriteCheckpoint(sqlite::Connection& db, std::string_view user_key,
                                                              std::string_view position) {
  // At most one of the two has a row that counts: see custom_write_checkpoints.h.
  SKERRY_ASSIGN(id, db.QueryInt("SELECT id FROM custom_write_checkpoints WHERE user_key = ?1 UNION ALL "
                                "SELECT id FROM write_checkpoints WHERE user_key = ?1 AND position <= ?2",
                                user_key, position));
  std::optional<WriteCheckpoint> reached;
  if (id) reached = WriteCheckpoint{*id};
  return reached;
}

}  // namespace skerry::storage
