#include "storage/source_tables.h"

#include <utility>

namespace skerry::storage {

Result<std::vector<TableRecord>> SourceTables::List() {
  SKERRY_ASSIGN(select, db_.Cached("SELECT name, id, shape FROM tables WHERE is_current = 1 ORDER BY name"));
  std::vector<TableRecord> tables;
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    tables.push_back({.name = std::string(select->Text(0)),
                      .id = std::string(select->Text(1)),
                      .shape = std::string(select->Text(2))});
  }
  select->Reset();
  return tables;
}

Status SourceTables::Put(const TableRecord& table) {
  SKERRY_ASSIGN(known, Find(table.name));
  if (known != nullptr && known->table.id != table.id) {
    SKERRY_TRY(Drop(table.name));
    known = nullptr;
  }
  if (known != nullptr) {
    SKERRY_ASSIGN(update, db_.Cached("UPDATE tables SET shape = ?2 WHERE number = ?1"));
    return update->Run(known->table.number, table.shape);
  }
  SKERRY_ASSIGN(insert, db_.Cached("INSERT INTO tables(name, id, shape, is_current) VALUES (?1, ?2, ?3, 1)"));
  SKERRY_TRY(insert->Run(table.name, table.id, table.shape));
  open_[table.name] = {.table = {.number = db_.LastInsertRowId(), .id = table.id}};
  return kDone;
}

Status SourceTables::Drop(std::string_view table) {
  SKERRY_ASSIGN(known, Find(table));
  if (known == nullptr) return kDone;
  const SourceTable gone = known->table;
  SKERRY_TRY(RemoveRows(gone, "SELECT key FROM records WHERE source_table = ?1 AND key > ?2 ORDER BY key LIMIT 1000"));
  SKERRY_TRY(copies_.RemoveAll(gone.number));
  SKERRY_ASSIGN(retire, db_.Cached("UPDATE tables SET is_current = 0 WHERE number = ?1"));
  SKERRY_TRY(retire->Run(gone.number));
  open_.erase(std::string(table));
  return kDone;
}

Status SourceTables::SetRow(std::string_view table, std::string_view key, const RowState& state) {
  SKERRY_ASSIGN(open, Known(table));
  if (open->is_copying) {
    SKERRY_ASSIGN(insert, db_.Cached("INSERT INTO copied VALUES (?1, ?2) ON CONFLICT DO NOTHING"));
    SKERRY_TRY(insert->Run(open->table.number, key));
  }
  if (state.copy) {
    open->may_have_copies = true;
    SKERRY_TRY(copies_.Put(open->table.number, key, *state.copy));
  } else {
    SKERRY_ASSIGN(may_have, MayHaveCopies(*open));
    if (may_have) SKERRY_TRY(copies_.Remove(open->table.number, key));
  }
  return log_.SetRow(open->table, key, state);
}

Result<bool> SourceTables::ReadCopy(std::string_view table, std::string_view key, std::string& copy) {
  SKERRY_ASSIGN(open, Known(table));
  return copies_.Read(open->table.number, key, copy);
}

Status SourceTables::BeginCopy(std::string_view table) {
  SKERRY_ASSIGN(open, Known(table));
  // Nothing can be missing from a table of which nothing is known.
  SKERRY_ASSIGN(rows, db_.QueryInt("SELECT 1 FROM records WHERE source_table = ?1 LIMIT 1", open->table.number));
  SKERRY_ASSIGN(may_have, MayHaveCopies(*open));
  open->is_copying = rows.has_value() || may_have;
  return kDone;
}

Status SourceTables::EndCopy(std::string_view table) {
  SKERRY_ASSIGN(open, Known(table));
  if (!std::exchange(open->is_copying, false)) return kDone;
  SKERRY_TRY(RemoveRows(open->table,
                        "SELECT key FROM records WHERE source_table = ?1 AND key > ?2 AND NOT EXISTS (SELECT 1 FROM "
                        "copied WHERE copied.source_table = ?1 AND copied.key = records.key) ORDER BY key LIMIT 1000"));
  SKERRY_TRY(copies_.RemoveUnseen(open->table.number));
  return db_.Execute("DELETE FROM copied");
}

Result<SourceTables::Open*> SourceTables::Find(std::string_view name) {
  if (const auto known = open_.find(std::string(name)); known != open_.end()) return &known->second;
  SKERRY_ASSIGN(select, db_.Cached("SELECT number, id FROM tables WHERE name = ?1 AND is_current = 1"));
  SKERRY_TRY(select->Bind(name));
  SKERRY_ASSIGN(has_row, select->Step());
  Open* found = nullptr;
  if (has_row) {
    found = &open_[std::string(name)];
    found->table = {.number = select->Int64(0), .id = std::string(select->Text(1))};
  }
  select->Reset();
  return found;
}

Result<SourceTables::Open*> SourceTables::Known(std::string_view name) {
  SKERRY_ASSIGN(known, Find(name));
  if (known != nullptr) return known;
  return Error{.code = ErrorCode::kInternal, .message = "storage does not know the table '" + std::string(name) + "'"};
}

Result<bool> SourceTables::MayHaveCopies(Open& open) {
  if (!open.may_have_copies) {
    SKERRY_ASSIGN(any, copies_.Any(open.table.number));
    open.may_have_copies = any;
  }
  return *open.may_have_copies;
}

Status SourceTables::RemoveRows(const SourceTable& table, const char* select) {
  std::string last;
  for (;;) {
    std::vector<std::string> keys;
    SKERRY_ASSIGN(statement, db_.Cached(select));
    SKERRY_TRY(statement->Bind(table.number, last));
    for (;;) {
      SKERRY_ASSIGN(has_row, statement->Step());
      if (!has_row) break;
      keys.emplace_back(statement->Text(0));
    }
    statement->Reset();
    if (keys.empty()) return kDone;
    for (const std::string& key : keys) SKERRY_TRY(log_.SetRow(table, key, {}));
    last = std::move(keys.back());
  }
}

}  // namespace skerry::storage
