#include "store/crud_queue.h"

#include "base/json.h"
#include "store/key_value.h"

namespace skerry::store {
namespace {

CrudEntry ReadEntry(const sqlite::Statement& select) {
  CrudEntry entry;
  entry.id = select.Int64(0);
  if (!select.IsNull(1)) entry.tx_id = TxId{select.Int64(1)};
  entry.data = select.Text(2);
  return entry;
}

// The number that the queue's last entry got; nullopt if there never was one.
Result<std::optional<std::int64_t>> LastIdEver(sqlite::Connection& db) {
  return db.QueryInt("SELECT seq FROM sqlite_sequence WHERE name = 'ps_crud'");
}

}  // namespace

Result<std::string> ToJson(const CrudEntry& entry) {
  struct Member {
    std::string_view key;
    std::string_view json;
  };
  Member members[] = {{"op", {}}, {"type", {}}, {"id", {}}, {"data", {}}, {"old", {}}, {"metadata", {}}};
  JsonReader reader(entry.data);
  std::string_view key;
  if (reader.BeginObject()) {
    while (reader.NextKey(key)) {
      std::string_view* target = nullptr;
      for (Member& member : members) {
        if (member.key == key) target = &member.json;
      }
      std::string_view raw;
      reader.ReadRaw(raw);
      if (target != nullptr) *target = raw;
    }
  }
  const std::string name = "entry " + std::to_string(entry.id) + " of ps_crud";
  if (Status read = reader.Finish(name); !read.ok()) {
    return Error{ErrorCode::kInvalidArgument, std::move(read).error().message};
  }

  std::string text;
  JsonWriter writer(text);
  writer.BeginObject().Key("op_id").Int(entry.id);
  for (const Member& member : members) {
    if (!member.json.empty()) writer.Key(member.key).Raw(member.json);
    if (member.key == "id" && entry.tx_id) writer.Key("tx_id").Int(Raw(*entry.tx_id));
  }
  writer.EndObject();
  return text;
}

Result<std::optional<CrudBatch>> CrudQueue::NextTransaction(std::int64_t after) {
  SKERRY_ASSIGN(select, db_.Cached("SELECT id, tx_id, data FROM ps_crud WHERE id > ?1 ORDER BY id"));
  SKERRY_TRY(select->Bind(after));
  CrudBatch batch;
  while (true) {
    SKERRY_ASSIGN(row, select->Step());
    if (!row) break;
    CrudEntry entry = ReadEntry(*select);
    if (!batch.entries.empty() && (!entry.tx_id || entry.tx_id != batch.entries.front().tx_id)) {
      batch.have_more = true;
      break;
    }
    batch.entries.push_back(std::move(entry));
  }
  select->Reset();
  if (batch.entries.empty()) return std::optional<CrudBatch>();
  return std::optional<CrudBatch>(std::move(batch));
}

Result<std::optional<CrudBatch>> CrudQueue::NextBatch(std::int64_t limit) {
  if (limit < 1) return Error{ErrorCode::kInvalidArgument, "The limit of a batch must be positive."};
  // Without LIMIT: one more entry than wanted would have to be asked for, and the largest limit has no successor.
  SKERRY_ASSIGN(select, db_.Cached("SELECT id, tx_id, data FROM ps_crud ORDER BY id"));
  CrudBatch batch;
  while (true) {
    SKERRY_ASSIGN(row, select->Step());
    if (!row) break;
    if (static_cast<std::int64_t>(batch.entries.size()) == limit) {
      batch.have_more = true;
      break;
    }
    batch.entries.push_back(ReadEntry(*select));
  }
  select->Reset();
  if (batch.entries.empty()) return std::optional<CrudBatch>();
  return std::optional<CrudBatch>(std::move(batch));
}

Result<CrudStats> CrudQueue::Stats() {
  SKERRY_ASSIGN(select,
                db_.Cached("SELECT count(*), coalesce(sum(coalesce(octet_length(data), 0) + 20), 0) FROM ps_crud"));
  SKERRY_ASSIGN(row, select->Step());
  CrudStats stats;
  if (row) stats = {select->Int64(0), select->Int64(1)};
  select->Reset();
  return stats;
}

Result<bool> CrudQueue::IsEmpty() {
  SKERRY_ASSIGN(any, db_.QueryInt("SELECT 1 FROM ps_crud LIMIT 1"));
  return !any.has_value();
}

Status CrudQueue::Complete(sqlite::WriteTransaction& write, std::int64_t last_id,
                           std::optional<WriteCheckpoint> checkpoint) {
  if (checkpoint && Raw(*checkpoint) <= 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "A write checkpoint must be positive: " + std::to_string(Raw(*checkpoint))};
  }
  SKERRY_ASSIGN(remove, write.db().Cached("DELETE FROM ps_crud WHERE id <= ?1"));
  SKERRY_TRY(remove->Run(last_id));
  SKERRY_ASSIGN(is_empty, IsEmpty());
  return SetTarget(write, checkpoint && is_empty ? *checkpoint : kTargetUnknown);
}

Result<std::optional<std::int64_t>> CrudQueue::BeginTargetUpdate() {
  SKERRY_ASSIGN(target, Target(db_));
  if (target != kTargetUnknown) return std::optional<std::int64_t>();
  return LastIdEver(db_);
}

Result<bool> CrudQueue::FinishTargetUpdate(sqlite::WriteTransaction& write, std::int64_t mark,
                                           WriteCheckpoint checkpoint) {
  SKERRY_ASSIGN(is_empty, IsEmpty());
  SKERRY_ASSIGN(last, LastIdEver(write.db()));
  if (!is_empty || last != mark) return false;
  SKERRY_TRY(SetTarget(write, checkpoint));
  return true;
}

}  // namespace skerry::store
