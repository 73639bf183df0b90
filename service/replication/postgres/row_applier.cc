#include "replication/postgres/row_applier.h"

#include <algorithm>

namespace skerry::replication::pg {

void RowApplier::Decode(const LiveTable& table, const Tuple& row, std::vector<row::Value>& values) {
  values.resize(table.table().columns.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = i < row.size() ? table.Decode(i, row[i], pool_) : row::Value::Null();
  }
}

bool RowApplier::MakeKey(const LiveTable& table, std::span<const row::Value> values, std::string& key) {
  key.clear();
  return table.AppendKey(key, values);
}

Status RowApplier::Put(const LiveTable& table, const Tuple& row, ChangeSink& sink) {
  Decode(table, row, values_);
  const bool has_key = MakeKey(table, values_, key_);
  Status done = has_key ? sink.Upsert(table.table(), key_, values_, table.Kept(row, false)) : kDone;
  pool_.Reset();
  return done;
}

Status RowApplier::Update(const LiveTable& table, const MessageDecoder& message, ChangeSink& sink) {
  const Tuple& now = message.new_row;
  const Tuple& old = message.old_row;
  Decode(table, now, values_);
  const bool has_old = message.old_kind != 0;
  if (has_old) Decode(table, old, old_values_);
  // The old row has the key, whole; and if it is the full row, everything.
  missing_.clear();
  bool had_unchanged = false;
  const std::vector<int>& key = table.table().key;
  for (std::size_t i = 0; i < values_.size() && i < now.size(); ++i) {
    if (now[i].kind != TupleValue::Kind::kUnchanged) continue;
    had_unchanged = true;
    const bool is_in_old =
        has_old && i < old.size() && old[i].kind != TupleValue::Kind::kUnchanged &&
        (message.old_kind == 'O' || std::find(key.begin(), key.end(), static_cast<int>(i)) != key.end());
    if (is_in_old) {
      values_[i] = old_values_[i];
    } else {
      missing_.push_back(static_cast<int>(i));
    }
  }
  const bool has_key = MakeKey(table, values_, key_);
  const bool had_key = MakeKey(table, has_old ? old_values_ : values_, old_key_);
  const auto apply = [&]() -> Status {
    if (has_key && !missing_.empty()) {
      SKERRY_ASSIGN(is_kept, sink.Restore(table.table(), had_key ? old_key_ : key_, missing_, values_));
      if (!is_kept) {
        SKERRY_ASSIGN(is_there, missing_values_.Read(table, now, missing_, pool_, values_));
        if (!is_there) {
          // Deleted or moved since: that change is on its way.
          if (had_key) SKERRY_TRY(sink.Delete(table.table(), old_key_));
          return kDone;
        }
      }
    }
    if (had_key && old_key_ != key_) SKERRY_TRY(sink.Delete(table.table(), old_key_));
    if (!has_key) return kDone;
    return sink.Upsert(table.table(), key_, values_, table.Kept(now, had_unchanged));
  };
  Status done = apply();
  pool_.Reset();
  return done;
}

Status RowApplier::Delete(const LiveTable& table, const Tuple& old_row, ChangeSink& sink) {
  Decode(table, old_row, old_values_);
  Status done = MakeKey(table, old_values_, old_key_) ? sink.Delete(table.table(), old_key_) : kDone;
  pool_.Reset();
  return done;
}

// A copy without rows: whatever the sink has is gone.
Status RowApplier::Truncate(const LiveTable& table, ChangeSink& sink) {
  SKERRY_TRY(sink.BeginTable(table.table()));
  return sink.EndTable(table.table());
}

}  // namespace skerry::replication::pg
