#include "storage/source_notes.h"

namespace skerry::storage {
namespace {

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Status PrepareSourceNotes(sqlite::Connection& db) {
  return db.Execute(
      "CREATE TABLE IF NOT EXISTS source_note(id INTEGER PRIMARY KEY CHECK (id = 1), note TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS row_copies(source_table INTEGER NOT NULL, key TEXT NOT NULL, copy BLOB NOT NULL,"
      "  PRIMARY KEY (source_table, key)) WITHOUT ROWID");
}

Result<std::string> ReadSourceNote(sqlite::Connection& db) {
  SKERRY_ASSIGN(select, db.Cached("SELECT note FROM source_note"));
  SKERRY_ASSIGN(has_row, select->Step());
  std::string note;
  if (has_row) note = std::string(select->Text(0));
  select->Reset();
  return note;
}

Status WriteSourceNote(sqlite::Connection& db, std::string_view note) {
  SKERRY_ASSIGN(replace, db.Cached("INSERT INTO source_note VALUES (1, ?1) ON CONFLICT DO UPDATE SET note = ?1"));
  return replace->Run(note);
}

Status RowCopies::Put(std::int64_t table, std::string_view key, std::string_view copy) {
  SKERRY_ASSIGN(
      replace, db_.Cached("INSERT INTO row_copies VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET copy = excluded.copy"));
  return replace->Run(table, key, sqlite::Blob{AsBytes(copy)});
}

Status RowCopies::Remove(std::int64_t table, std::string_view key) {
  SKERRY_ASSIGN(remove, db_.Cached("DELETE FROM row_copies WHERE source_table = ?1 AND key = ?2"));
  return remove->Run(table, key);
}

Result<bool> RowCopies::Read(std::int64_t table, std::string_view key, std::string& copy) {
  SKERRY_ASSIGN(select, db_.Cached("SELECT copy FROM row_copies WHERE source_table = ?1 AND key = ?2"));
  SKERRY_TRY(select->Bind(table, key));
  SKERRY_ASSIGN(has_row, select->Step());
  if (has_row) {
    const std::span<const std::uint8_t> bytes = select->Bytes(0);
    copy.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  select->Reset();
  return has_row;
}

Result<bool> RowCopies::Any(std::int64_t table) {
  SKERRY_ASSIGN(any, db_.QueryInt("SELECT EXISTS(SELECT 1 FROM row_copies WHERE source_table = ?1)", table));
  return any.value_or(0) != 0;
}

Status RowCopies::RemoveAll(std::int64_t table) {
  SKERRY_ASSIGN(remove, db_.Cached("DELETE FROM row_copies WHERE source_table = ?1"));
  return remove->Run(table);
}

Status RowCopies::RemoveUnseen(std::int64_t table) {
  SKERRY_ASSIGN(remove,
                db_.Cached("DELETE FROM row_copies WHERE source_table = ?1 AND NOT EXISTS (SELECT 1 FROM copied WHERE "
                           "copied.source_table = ?1 AND copied.key = row_copies.key)"));
  return remove->Run(table);
}

}  // namespace skerry::storage
