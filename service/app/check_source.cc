#include "app/check_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/postgres_config.h"
#include "ingest/value_forms.h"
#include "replication/postgres/preview.h"
#include "replication/sqlite/change_reader.h"
#include "sqlite/connection.h"

namespace skerry::app {
namespace {

Status ReadSqliteTable(sqlite::Connection& db, const std::string& name, CheckContents& contents) {
  SKERRY_ASSIGN(statement, db.Prepare("SELECT * FROM source." + sqlite::QuoteName(name)));
  row::Table table{.name = name};
  for (int i = 0; i < statement.ColumnCount(); ++i) table.columns.emplace_back(statement.ColumnName(i));
  SKERRY_TRY(contents.BeginTable(table));
  std::vector<row::Value> values(table.columns.size());
  for (;;) {
    SKERRY_ASSIGN(has_row, statement.Step());
    if (!has_row) return contents.EndTable(table);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = replication::ValueAt(statement, static_cast<int>(i));
    SKERRY_TRY(contents.Upsert(table, {}, values, {}));
  }
}

Status ReadSqlite(const std::string& path, const rules::Plan& plan, CheckContents& contents) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kSource, "the source " + path + " does not exist"};
  }
  SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = ":memory:"}));
  // Attached, so that the file keeps its journal mode.
  SKERRY_ASSIGN(attach, db->Prepare("ATTACH ?1 AS source"));
  SKERRY_TRY(attach.Run(path));
  SKERRY_TRY(db->Execute("PRAGMA query_only=ON; BEGIN"));
  SKERRY_ASSIGN(tables, db->Prepare("SELECT name FROM source.sqlite_master WHERE type = 'table' ORDER BY name"));
  std::vector<std::string> names;
  for (;;) {
    SKERRY_ASSIGN(has_row, tables.Step());
    if (!has_row) break;
    names.emplace_back(tables.Text(0));
  }
  const auto patterns = plan.TablePatterns();
  for (const std::string& name : names) {
    const auto matches = [&](const row::TablePattern& pattern) { return pattern.Matches("main", name); };
    if (std::any_of(patterns.begin(), patterns.end(), matches)) SKERRY_TRY(ReadSqliteTable(*db, name, contents));
  }
  return kDone;
}

Status ReadPostgres(const std::string& uri, const rules::Plan& plan, CheckContents& contents, LogSink& log) {
  SKERRY_ASSIGN(connection, PostgresConnectionFromUri(uri));
  SKERRY_ASSIGN(problems, replication::pg::Preview(connection, plan.Tables(), ingest::ValueFormsOf(plan), contents));
  for (const std::string& problem : problems) log.Log(LogLevel::kWarn, problem);
  return kDone;
}

}  // namespace

Status ReadCheckedSource(const std::string& source, const rules::Plan& plan, CheckContents& contents, LogSink& log) {
  SKERRY_TRY(IsPostgresUri(source) ? ReadPostgres(source, plan, contents, log) : ReadSqlite(source, plan, contents));
  for (const std::string& problem : contents.problems()) log.Log(LogLevel::kWarn, problem);
  return kDone;
}

}  // namespace skerry::app
