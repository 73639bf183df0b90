#include "store/schema_change.h"

#include "schema/ddl.h"
#include "schema/names.h"
#include "store/bare_entries.h"
#include "store/table_change.h"
#include "store/untyped_rows.h"

namespace skerry::store {
namespace {

using schema::Schema;
using schema::Table;
using schema::TableKind;
using sqlite::QuoteName;

Status CreateObjects(sqlite::WriteTransaction& write, const Table& table) {
  sqlite::Connection& db = write.db();
  SKERRY_ASSIGN(find,
                db.Prepare("SELECT 'a ' || type FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE UNION ALL"
                           " SELECT 'a temporary ' || type FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE"));
  SKERRY_TRY(find.Bind(table.view_name));
  SKERRY_ASSIGN(exists, find.Step());
  if (exists) {
    return Error{ErrorCode::kInvalidSchema,
                 "Table " + table.view_name + ": the database has " + std::string(find.Text(0)) +
                     " of this name already, which is not the schema's. Rename one of them."};
  }
  SKERRY_TRY(db.Execute(schema::CreateTable(table)));
  if (table.kind == TableKind::kSynced) SKERRY_TRY(MoveFromUntyped(write, table));
  for (const std::string& sql : schema::CreateTriggers(table)) SKERRY_TRY(db.Execute(sql));
  for (const schema::Index& index : table.indexes) SKERRY_TRY(db.Execute(schema::CreateIndex(table, index)));
  return kDone;
}

// Its indexes and triggers go with it, the application's included; a synced table's rows are kept in ps_untyped
// (C-021).
Status DropObjects(sqlite::WriteTransaction& write, const Table& table) {
  if (table.kind == TableKind::kSynced) {
    SKERRY_TRY(FillEntries(write.db(), table));
    SKERRY_TRY(MoveToUntyped(write, table));
  }
  const char* what = table.kind == TableKind::kInsertOnly ? "DROP VIEW IF EXISTS main." : "DROP TABLE IF EXISTS main.";
  return write.db().Execute(what + QuoteName(table.view_name));
}

// A table that can be changed in place. Another kind means another table (C-022), and an insert-only one holds nothing.
const Table* Successor(const Schema& next, const Table& table) {
  const Table* candidate = next.FindType(table.name);
  if (candidate == nullptr || candidate->kind != table.kind) return nullptr;
  return table.kind == TableKind::kInsertOnly && !(*candidate == table) ? nullptr : candidate;
}

// Tables may take each other's names. One whose new name is still another's makes room first, under a name of ours.
Status ParkRenamed(sqlite::WriteTransaction& write, Schema& before, const Schema& next) {
  const Schema original = before;
  for (Table& table : before.tables) {
    const Table* successor = Successor(next, table);
    if (successor == nullptr || schema::SameName(successor->view_name, table.view_name)) continue;
    const Table* holder = original.FindSqlName(successor->view_name);
    if (holder == nullptr || Successor(next, *holder) == nullptr) continue;
    Table parked = table;
    parked.view_name = "ps_parked__" + table.name;
    SKERRY_TRY(ChangeTable(write, table, parked));
    table = std::move(parked);
  }
  return kDone;
}

Status SaveSchema(sqlite::WriteTransaction& write, const std::string& json) {
  SKERRY_ASSIGN(save, write.db().Prepare("INSERT INTO ps_schema(id, json) VALUES (1, ?1)"
                                         " ON CONFLICT(id) DO UPDATE SET json = excluded.json"));
  return save.Run(json);
}

Result<std::string> StoredJson(sqlite::Connection& db) {
  SKERRY_ASSIGN(select, db.Prepare("SELECT json FROM ps_schema WHERE id = 1"));
  SKERRY_ASSIGN(row, select.Step());
  return row ? std::string(select.Text(0)) : std::string();
}

}  // namespace

Result<std::optional<Schema>> LoadSchema(sqlite::Connection& db) {
  SKERRY_ASSIGN(json, StoredJson(db));
  if (json.empty()) return std::optional<Schema>();
  auto schema = Schema::Parse(json);
  if (!schema.ok()) return std::move(schema).error().During("reading the stored schema");
  return std::optional<Schema>(*std::move(schema));
}

Status ApplySchema(sqlite::WriteTransaction& write, Capture& capture, const Schema& next) {
  sqlite::Connection& db = write.db();
  const std::string json = next.ToJson();
  SKERRY_ASSIGN(stored, StoredJson(db));
  if (stored == json) return kDone;
  SKERRY_ASSIGN(loaded, LoadSchema(db));
  Schema before = loaded ? *std::move(loaded) : Schema{};

  const Capture::Uncaptured uncaptured(capture);
  // The app's triggers may change any row because of what follows, and capture, which knows the tables as they were or
  // (at opening) none, would not see which.
  SKERRY_ASSIGN(has_triggers, HasAppTriggers(db));
  for (const Table& table : before.tables) {
    if (has_triggers && table.kind == TableKind::kSynced) SKERRY_TRY(FillEntries(db, table));
  }
  // First what goes, so that its name is free; then what changes; then what is new.
  for (const Table& table : before.tables) {
    if (Successor(next, table) == nullptr) SKERRY_TRY(DropObjects(write, table));
  }
  SKERRY_TRY(ParkRenamed(write, before, next));
  for (const Table& table : before.tables) {
    const Table* successor = Successor(next, table);
    if (successor != nullptr && table.kind != TableKind::kInsertOnly) {
      SKERRY_TRY(ChangeTable(write, table, *successor));
    }
  }
  for (const Table& table : next.tables) {
    const Table* predecessor = before.FindType(table.name);
    if (predecessor == nullptr || Successor(next, *predecessor) == nullptr) SKERRY_TRY(CreateObjects(write, table));
  }
  return SaveSchema(write, json);
}

}  // namespace skerry::store
