#include "store/capture.h"

#include "base/json.h"
#include "schema/ddl.h"
#include "store/bare_entries.h"
#include "store/captured_table.h"
#include "store/entry_json.h"

namespace skerry::store {
namespace {

// A statement that changed millions of rows shall not hold its memory for ever.
constexpr std::size_t kKeptBytes = 1 << 20;

bool IsOwnTable(std::string_view name) { return name.substr(0, 3) == "ps_"; }

}  // namespace

Capture::Capture(sqlite::Connection& db) : db_(db) {
  db_.SetRowObserver([this](const sqlite::RowChange& change) { OnRowChange(change); });
  // Either way the next change belongs to another transaction. Serials only grow, so a stamp that survived in ps_tx is
  // never taken for the new one.
  const auto next_transaction = [this] {
    if (serial_ != 0) ++serial_;
    ForgetStamps();
  };
  db_.SetCommitObserver(
      [this, next_transaction] {
        next_transaction();
        if (listener_ != nullptr) listener_->OnCommit();
      },
      [this, next_transaction] {
        next_transaction();
        if (listener_ != nullptr) listener_->OnRollback();
      });
}

Capture::~Capture() {
  db_.SetRowObserver({});
  db_.SetCommitObserver({}, {});
}

Status Capture::Install() {
  return db_.AddCallback(schema::kInsertOnlyFunction,
                         [this](std::span<const sqlite::Value> values) { return OnInsertOnly(values); });
}

Status Capture::SetSchema(const schema::Schema& schema) {
  SKERRY_CHECK(records_.empty(), "the schema changes between statements");
  std::unordered_map<std::string_view, std::unique_ptr<CapturedTable>> tables;
  for (const schema::Table& table : schema.tables) {
    if (table.kind == schema::TableKind::kLocalOnly) continue;
    SKERRY_ASSIGN(description, DescribeTable(db_, table));
    auto captured = std::make_unique<CapturedTable>(std::move(description));
    const std::string_view name = captured->sql_name;
    tables.emplace(name, std::move(captured));
  }
  last_found_ = nullptr;
  tables_ = std::move(tables);
  return kDone;
}

const CapturedTable* Capture::Find(std::string_view sql_name) {
  if (last_found_ != nullptr && last_found_->sql_name == sql_name) return last_found_;
  const auto found = tables_.find(sql_name);
  if (found == tables_.end()) return nullptr;
  last_found_ = found->second.get();
  return last_found_;
}

void Capture::OnRowChange(const sqlite::RowChange& change) {
  if (listener_ != nullptr) listener_->OnRowChange(change);
  if ((uncaptured_ > 0 && change.depth == 0) || IsOwnTable(change.table)) return;
  const CapturedTable* table = Find(change.table);
  if (table == nullptr) return;
  if (uncaptured_ > 0) {
    if (change.kind == sqlite::ChangeKind::kInsert) return;
    Begin(RecordKind::kFillOnly, *table, change.Old(0).Text());
    return AppendBefore(*table, change);
  }
  switch (change.kind) {
    case sqlite::ChangeKind::kInsert:
      return RecordPut(*table, change);
    case sqlite::ChangeKind::kUpdate:
      return RecordPatch(*table, change);
    case sqlite::ChangeKind::kDelete:
      return RecordDelete(*table, change);
  }
}

void Capture::Begin(RecordKind kind, const CapturedTable& table, std::string_view id) {
  records_.push_back({kind, &table, text_.size(), id.size(), 0, 0});
  text_.append(id);
}

void Capture::End() {
  Record& record = records_.back();
  record.entry_size = text_.size() - record.begin - record.id_size;
}

// Of an update or a deletion: what the row said, in case that its entry left it to the table.
void Capture::AppendBefore(const CapturedTable& table, const sqlite::RowChange& change) {
  const std::size_t begin = text_.size();
  text_ += "{\"id\":";
  AppendJsonString(text_, change.Old(0).Text());
  for (const CapturedTable::Column& column : table.columns) {
    text_ += ',';
    text_ += column.key;
    AppendValue(text_, change.Old(column.position));
  }
  text_ += '}';
  records_.back().before_size = text_.size() - begin;
}

std::string_view Capture::IdOf(const Record& record) const {
  return std::string_view(text_).substr(record.begin, record.id_size);
}

std::string_view Capture::EntryOf(const Record& record) const {
  return std::string_view(text_).substr(record.begin + record.id_size, record.entry_size);
}

std::string_view Capture::BeforeOf(const Record& record) const {
  return std::string_view(text_).substr(record.begin + record.id_size + record.entry_size, record.before_size);
}

void Capture::RecordPut(const CapturedTable& table, const sqlite::RowChange& change) {
  const std::string_view id = change.New(0).Text();
  Begin(RecordKind::kPut, table, id);
  AppendEntryHead(text_, "PUT", id, table);
  text_ += ",\"data\":";
  AppendNonNull(text_, table.columns, [&](int column) { return change.New(column); });
  AppendMetadata(text_, table, [&](int column) { return change.New(column); });
  text_ += '}';
  End();
}

void Capture::RecordPatch(const CapturedTable& table, const sqlite::RowChange& change) {
  const std::string_view id = change.New(0).Text();
  const bool same = SameValues(table.columns, change);
  if (IsMetadataHousekeeping(table, change)) {
    if (same) return;
    // Values that came along with `_deleted = TRUE`: the deletion that follows finds them in the row.
    Begin(RecordKind::kFillOnly, table, id);
    return AppendBefore(table, change);
  }
  if (same && table.ignore_empty_update) {
    Begin(RecordKind::kIgnoredUpdate, table, id);
    return;
  }
  Begin(RecordKind::kPatch, table, id);
  AppendEntryHead(text_, "PATCH", id, table);
  text_ += ",\"data\":";
  AppendChanged(text_, table.columns, change, Side::kNew);
  if (!table.previous.empty()) {
    text_ += ",\"old\":";
    if (table.previous_only_when_changed) {
      AppendChanged(text_, table.previous_sorted, change, Side::kOld);
    } else {
      AppendAll(text_, table.previous, [&](int column) { return change.Old(column); });
    }
  }
  AppendMetadata(text_, table, [&](int column) { return change.New(column); });
  text_ += '}';
  End();
  if (!same) AppendBefore(table, change);
}

void Capture::RecordDelete(const CapturedTable& table, const sqlite::RowChange& change) {
  const std::string_view id = change.Old(0).Text();
  Begin(RecordKind::kDelete, table, id);
  AppendEntryHead(text_, "DELETE", id, table);
  if (!table.previous.empty()) {
    text_ += ",\"old\":";
    AppendAll(text_, table.previous, [&](int column) { return change.Old(column); });
  }
  // Not NULL only while `_deleted` deletes the row (C-055).
  AppendMetadata(text_, table, [&](int column) { return change.Old(column); });
  text_ += '}';
  End();
  AppendBefore(table, change);
}

// Arguments as schema::kInsertOnlyFunction has them.
Status Capture::OnInsertOnly(std::span<const sqlite::Value> values) {
  constexpr std::size_t kFixed = 5;
  const CapturedTable* table = values.size() < kFixed ? nullptr : Find(values[0].Text());
  if (table == nullptr) return Error{ErrorCode::kInternal, "skerry_insert_only() is for Skerry's own triggers"};
  const auto first = static_cast<std::size_t>(values[1].Int64());
  const bool is_last = values[2].IsTrue();
  const sqlite::Value id = values[3];
  if (id.IsNull()) return Error{ErrorCode::kConstraint, "id is required"};
  if (id.Type() != sqlite::ValueType::kText) return Error{ErrorCode::kConstraint, "id should be text"};

  insert_only_values_.resize(table->columns.size());
  for (std::size_t i = kFixed; i < values.size(); ++i) {
    std::string& json = insert_only_values_[first + i - kFixed];
    json.clear();
    if (values[i].Type() == sqlite::ValueType::kBlob) {
      return Error{ErrorCode::kConstraint, "cannot queue a BLOB: " + table->sql_name};
    }
    if (!values[i].IsNull()) AppendValue(json, values[i]);
  }
  if (!is_last || uncaptured_ > 0) return kDone;

  Begin(RecordKind::kInsertOnly, *table, id.Text());
  text_ += "{\"op\":\"PUT\",\"type\":";
  text_ += table->type_json;
  text_ += ",\"id\":";
  AppendJsonString(text_, id.Text());
  text_ += ",\"data\":{";
  const char* separator = "";
  for (const CapturedTable::Column& column : table->columns) {
    const std::string& json = insert_only_values_[static_cast<std::size_t>(column.position)];
    if (json.empty()) continue;
    text_ += separator + column.key + json;
    separator = ",";
  }
  text_ += '}';
  if (values[4].Type() == sqlite::ValueType::kText) {
    text_ += ",\"metadata\":";
    AppendJsonString(text_, values[4].Text());
  }
  text_ += '}';
  End();
  return kDone;
}

void Capture::Discard() {
  records_.clear();
  text_.clear();
  if (text_.capacity() > kKeptBytes) text_.shrink_to_fit();
  if (records_.capacity() * sizeof(Record) > kKeptBytes) records_.shrink_to_fit();
}

bool Capture::IsReplaced(std::size_t index) const {
  if (records_[index].kind != RecordKind::kDelete || index + 1 == records_.size()) return false;
  const Record& next = records_[index + 1];
  return next.kind == RecordKind::kPut && next.table == records_[index].table && IdOf(next) == IdOf(records_[index]);
}

Status Capture::Flush() {
  if (records_.empty()) return kDone;
  SKERRY_CHECK(db_.InTransaction(), "queue entries are written in the transaction of the change");
  Status written;
  if (auto tx_id = StampTransaction(); !tx_id.ok()) {
    written = std::move(tx_id).error();
  } else {
    written = WriteRecords(*tx_id);
  }
  Discard();
  if (written.ok()) return kDone;
  ForgetStamps();
  return std::move(written).error().During("queueing a local write for upload");
}

Status Capture::FillEntries() {
  Status filled;
  for (const Record& record : records_) {
    if (filled.ok()) filled = FillEntryOf(record);
  }
  Discard();
  return filled;
}

Status Capture::FillAndList() {
  SKERRY_ASSIGN(list, db_.Cached("INSERT INTO ps_updated_rows(row_type, row_id)"
                                 " VALUES (?1, ?2) ON CONFLICT DO NOTHING"));
  Status done;
  for (const Record& record : records_) {
    if (record.kind == RecordKind::kInsertOnly) continue;
    if (done.ok()) done = FillEntryOf(record);
    if (done.ok()) done = list->Run(record.table->type, IdOf(record));
  }
  Discard();
  return done;
}

Status Capture::FillEntryOf(const Record& record) {
  if (record.before_size == 0) return kDone;
  return FillEntry(db_, record.table->type, IdOf(record), BeforeOf(record));
}

Result<std::int64_t> Capture::Serial() {
  if (serial_ == 0) {
    SKERRY_ASSIGN(last, db_.QueryInt("SELECT max(serial, gate_serial) FROM ps_tx"));
    serial_ = last.value_or(0) + 1;
  }
  return serial_;
}

// Takes the next tx id once per transaction. The stamp is a row, so ROLLBACK TO undoes it together with the id (C-070).
Result<std::int64_t> Capture::StampTransaction() {
  if (stamped_tx_ != 0) return stamped_tx_;
  SKERRY_ASSIGN(serial, Serial());
  SKERRY_ASSIGN(stamp, db_.Cached("UPDATE ps_tx SET current_tx = next_tx, next_tx = next_tx + 1, serial = ?1"
                                  " WHERE id = 1 AND serial <> ?1"));
  SKERRY_TRY(stamp->Run(serial));
  SKERRY_ASSIGN(tx_id, db_.QueryInt("SELECT current_tx FROM ps_tx WHERE id = 1"));
  if (!tx_id) return Error{ErrorCode::kStorageCorrupt, "The row of ps_tx is missing."};
  stamped_tx_ = *tx_id;
  return stamped_tx_;
}

// Once per transaction: what the service acknowledged before this write no longer counts (C-066).
Status Capture::CloseGate() {
  if (gate_is_closed_) return kDone;
  SKERRY_ASSIGN(serial, Serial());
  SKERRY_ASSIGN(stamp, db_.Cached("UPDATE ps_tx SET gate_serial = ?1 WHERE id = 1 AND gate_serial <> ?1"));
  SKERRY_TRY(stamp->Run(serial));
  gate_is_closed_ = true;
  if (db_.Changes() == 0) return kDone;
  SKERRY_ASSIGN(target,
                db_.Cached("INSERT INTO ps_kv(key, value) VALUES ('target_checkpoint_request_id', 9223372036854775807)"
                           " ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  SKERRY_TRY(target->Run());
  SKERRY_ASSIGN(forget, db_.Cached("DELETE FROM ps_kv WHERE key IN"
                                   " ('last_seen_checkpoint_request_id', 'last_applied_checkpoint_request_id')"));
  return forget->Run();
}

Status Capture::WriteRecords(std::int64_t tx_id) {
  SKERRY_ASSIGN(queue, db_.Cached("INSERT INTO ps_crud(data, tx_id) VALUES (?1, ?2)"));
  SKERRY_ASSIGN(list, db_.Cached("INSERT INTO ps_updated_rows(row_type, row_id)"
                                 " VALUES (?1, ?2) ON CONFLICT DO NOTHING"));
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Record& record = records_[i];
    SKERRY_TRY(FillEntryOf(record));
    if (record.kind == RecordKind::kIgnoredUpdate || record.kind == RecordKind::kFillOnly || IsReplaced(i)) continue;
    SKERRY_TRY(queue->Run(EntryOf(record), tx_id));
    if (record.kind == RecordKind::kInsertOnly) continue;  // Neither row nor gate (C-067).
    SKERRY_TRY(list->Run(record.table->type, IdOf(record)));
    SKERRY_TRY(CloseGate());
  }
  return kDone;
}

}  // namespace skerry::store
