#include "store/table_change.h"

#include <algorithm>

#include "schema/ddl.h"
#include "schema/names.h"
#include "store/bare_entries.h"
#include "store/column_fill.h"
#include "store/table_text.h"

namespace skerry::store {
namespace {

using sqlite::QuoteName;

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is to be done, found by comparing descriptions only.
struct Plan {
  std::vector<std::string> dropped;
  std::vector<schema::Column> added;
  std::vector<schema::Column> retyped;
  std::vector<schema::Index> dropped_indexes;
  std::vector<schema::Index> created_indexes;
  bool rename = false;
  bool triggers = false;
};

const schema::Column* FindExactly(const schema::Table& table, std::string_view name) {
  for (const schema::Column& column : table.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

bool HasIndex(const schema::Table& table, const schema::Index& index) {
  return std::find(table.indexes.begin(), table.indexes.end(), index) != table.indexes.end();
}

Plan Compare(const schema::Table& before, const schema::Table& after) {
  Plan plan;
  plan.rename = before.view_name != after.view_name;
  plan.triggers = plan.rename || before.include_metadata != after.include_metadata;
  for (const schema::Column& column : before.columns) {
    if (FindExactly(after, column.name) == nullptr) plan.dropped.push_back(column.name);
  }
  for (const schema::Column& column : after.columns) {
    const schema::Column* old = FindExactly(before, column.name);
    if (old == nullptr) {
      plan.added.push_back(column);
    } else if (schema::TypeSql(old->type) != schema::TypeSql(column.type)) {
      plan.retyped.push_back(column);
    }
  }
  if (before.include_metadata && !after.include_metadata) {
    plan.dropped.emplace_back(schema::kMetadataColumn);
    plan.dropped.emplace_back(schema::kDeletedColumn);
  }
  for (const schema::Index& index : before.indexes) {
    if (plan.rename || !HasIndex(after, index)) plan.dropped_indexes.push_back(index);
  }
  for (const schema::Index& index : after.indexes) {
    if (plan.rename || !HasIndex(before, index)) plan.created_indexes.push_back(index);
  }
  return plan;
}

// Renaming also rewrites the application's views and triggers. Where one of them is broken already, SQLite refuses; the
// old way leaves them alone.
Status Rename(sqlite::Connection& db, const std::string& from, const std::string& to) {
  if (schema::SameName(from, to)) {  // Only its case differs, which SQLite would take for the same table twice.
    const std::string between = "ps_parked__" + to;
    SKERRY_TRY(Rename(db, from, between));
    return Rename(db, between, to);
  }
  const std::string sql = "ALTER TABLE main." + QuoteName(from) + " RENAME TO " + QuoteName(to);
  if (db.Execute(sql).ok()) return kDone;
  SKERRY_TRY(db.Execute("PRAGMA legacy_alter_table=ON"));
  Status renamed = db.Execute(sql);
  SKERRY_TRY(db.Execute("PRAGMA legacy_alter_table=OFF"));
  return renamed;
}

// The application's own indexes that name the column: they cannot outlive it.
Status DropForeignIndexesOn(sqlite::Connection& db, const std::string& table, const std::string& column) {
  std::vector<std::string> names;
  {
    SKERRY_ASSIGN(find,
                  db.Prepare("SELECT DISTINCT l.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i"
                             " WHERE i.name = ?2 AND l.origin = 'c'"));
    SKERRY_TRY(find.Bind(table, column));
    while (true) {
      SKERRY_ASSIGN(row, find.Step());
      if (!row) break;
      names.emplace_back(find.Text(0));
    }
  }
  for (const std::string& name : names) SKERRY_TRY(db.Execute("DROP INDEX main." + QuoteName(name)));
  return kDone;
}

// A column that a view, trigger or expression index of the application still uses cannot go: it stays in the table,
// unknown to the schema, empty. That is better than an app that cannot open its database after an update.
Status DropColumn(sqlite::Connection& db, const std::string& table, const std::string& column) {
  SKERRY_TRY(DropForeignIndexesOn(db, table, column));
  if (db.Execute("ALTER TABLE main." + QuoteName(table) + " DROP COLUMN " + QuoteName(column)).ok()) return kDone;
  return db.Execute("UPDATE main." + QuoteName(table) + " SET " + QuoteName(column) + " = NULL");
}

}  // namespace

Status ChangeTable(sqlite::WriteTransaction& write, const schema::Table& before, const schema::Table& after) {
  sqlite::Connection& db = write.db();
  Plan plan = Compare(before, after);
  // A column that goes or changes gives nothing back any more; one that DropColumn() left behind may hold anything.
  SKERRY_ASSIGN(columns_before, StoredColumns(db, before.view_name));
  const bool revives = std::any_of(plan.added.begin(), plan.added.end(),
                                   [&](const schema::Column& column) { return Contains(columns_before, column.name); });
  const bool loses_values = revives || !plan.dropped.empty() || !plan.retyped.empty();
  if (loses_values && before.kind == schema::TableKind::kSynced) SKERRY_TRY(FillEntries(db, before));
  for (const schema::Index& index : plan.dropped_indexes) {
    SKERRY_TRY(db.Execute("DROP INDEX IF EXISTS main." + QuoteName(schema::IndexName(before, index))));
  }
  if (plan.triggers) {
    for (const std::string& sql : schema::DropTriggers(before)) SKERRY_TRY(db.Execute(sql));
  }
  if (plan.rename) SKERRY_TRY(Rename(db, before.view_name, after.view_name));
  for (const std::string& column : plan.dropped) SKERRY_TRY(DropColumn(db, after.view_name, column));

  if (!plan.added.empty() || (after.include_metadata && !before.include_metadata)) {
    SKERRY_ASSIGN(stored, StoredColumns(db, after.view_name));
    const std::string add = "ALTER TABLE main." + QuoteName(after.view_name) + " ADD COLUMN ";
    for (const schema::Column& column : plan.added) {
      if (Contains(stored, column.name)) {  // Left behind by DropColumn().
        plan.retyped.push_back(column);
      } else {
        SKERRY_TRY(db.Execute(add + schema::ColumnDefinition(after, column)));
      }
    }
    for (const auto& [name, type] :
         {std::pair(schema::kMetadataColumn, " TEXT"), {schema::kDeletedColumn, " INTEGER"}}) {
      if (after.include_metadata && !Contains(stored, name)) SKERRY_TRY(db.Execute(add + QuoteName(name) + type));
    }
  }
  if (!plan.retyped.empty()) SKERRY_TRY(RetypeColumns(db, after, plan.retyped));
  SKERRY_TRY(FillColumns(db, after, plan.added, plan.retyped));

  if (plan.triggers) {
    for (const std::string& sql : schema::CreateTriggers(after)) SKERRY_TRY(db.Execute(sql));
  }
  for (const schema::Index& index : plan.created_indexes) SKERRY_TRY(db.Execute(schema::CreateIndex(after, index)));
  return kDone;
}

}  // namespace skerry::store
