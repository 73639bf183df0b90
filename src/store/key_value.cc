#include "store/key_value.h"

namespace skerry::store {

Result<std::optional<std::int64_t>> GetInt(sqlite::Connection& db, std::string_view key) {
  return db.QueryInt("SELECT value FROM ps_kv WHERE key = ?1", key);
}

Result<std::optional<std::string>> GetText(sqlite::Connection& db, std::string_view key) {
  SKERRY_ASSIGN(select, db.Cached("SELECT value FROM ps_kv WHERE key = ?1 AND value IS NOT NULL"));
  SKERRY_TRY(select->Bind(key));
  SKERRY_ASSIGN(row, select->Step());
  std::optional<std::string> value;
  if (row) value = std::string(select->Text(0));
  select->Reset();
  return value;
}

Status SetInt(sqlite::WriteTransaction& write, std::string_view key, std::int64_t value) {
  SKERRY_ASSIGN(upsert, write.db().Cached("INSERT INTO ps_kv(key, value) VALUES (?1, ?2)"
                                          " ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  return upsert->Run(key, value);
}

Status SetText(sqlite::WriteTransaction& write, std::string_view key, std::string_view value) {
  SKERRY_ASSIGN(upsert, write.db().Cached("INSERT INTO ps_kv(key, value) VALUES (?1, ?2)"
                                          " ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  return upsert->Run(key, value);
}

Status RemoveKey(sqlite::WriteTransaction& write, std::string_view key) {
  SKERRY_ASSIGN(remove, write.db().Cached("DELETE FROM ps_kv WHERE key = ?1"));
  return remove->Run(key);
}

Result<std::string> ClientId(sqlite::Connection& db) {
  SKERRY_ASSIGN(id, GetText(db, keys::kClientId));
  if (!id) return Error{ErrorCode::kStorageCorrupt, "The database has no client id (ps_kv.client_id)."};
  return *std::move(id);
}

Result<std::optional<WriteCheckpoint>> Target(sqlite::Connection& db) {
  SKERRY_ASSIGN(value, GetInt(db, keys::kTarget));
  std::optional<WriteCheckpoint> target;
  if (value) target = WriteCheckpoint{*value};
  return target;
}

Status SetTarget(sqlite::WriteTransaction& write, WriteCheckpoint target) {
  if (Raw(target) < 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "The target checkpoint must not be negative: " + std::to_string(Raw(target))};
  }
  if (Raw(target) == 0) return RemoveKey(write, keys::kTarget);
  return SetInt(write, keys::kTarget, Raw(target));
}

}  // namespace skerry::store
