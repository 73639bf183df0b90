#include "postgres_app.h"

#include <cstdlib>

#include "service.h"

namespace skerry::test {
namespace {

struct Column {
  std::string name;
  char kind;  // i: bigint, f: float8, t: text, l: text that may be large
};
struct Table {
  std::string name;
  std::vector<Column> columns;
};

const std::vector<Table> kTables = {
    {"t0", {{"id", 't'}, {"a", 'i'}, {"b", 't'}, {"c", 'f'}, {"d", 'l'}}},
    {"t1", {{"id", 'i'}, {"a", 't'}, {"b", 't'}, {"c", 'i'}, {"d", 'l'}}},
    {"t2", {{"a", 'i'}, {"b", 'l'}, {"c", 't'}, {"d", 't'}, {"id", 't'}}},
};

constexpr char kSetup[] =
    "CREATE TABLE t0(id text PRIMARY KEY, a bigint, b text, c float8, d text);"
    "CREATE TABLE t1(id bigint PRIMARY KEY, a text, b text, c bigint, d text);"
    "ALTER TABLE t1 REPLICA IDENTITY FULL;"
    "CREATE TABLE t2(a bigint, b text, c text, d text, id text NOT NULL);"
    "CREATE UNIQUE INDEX t2_id ON t2(id); ALTER TABLE t2 REPLICA IDENTITY USING INDEX t2_id;"
    "CREATE PUBLICATION powersync FOR TABLE t0, t1, t2";

}  // namespace

PostgresApp::PostgresApp(std::uint64_t seed) : random_(seed) {
  Open();
  Must(connection_->Execute(kSetup));
}

PostgresApp::~PostgresApp() {
  if (connection_ == nullptr) Open();
  const std::string mine = " FROM pg_replication_slots WHERE database = current_database()";
  for (auto left = connection_->Query("SELECT count(*)" + mine); left.ok() && left->Text(0, 0) != "0";
       left = connection_->Query("SELECT count(*)" + mine)) {
    (void)connection_->Execute("SELECT pg_drop_replication_slot(slot_name)" + mine + " AND NOT active");
  }
}

void PostgresApp::Open() { connection_ = cluster_.Connect(database_); }

std::string PostgresApp::Literal(char kind) {
  static const std::vector<std::string> kIntegers = {"1", "2", "-7", "9007199254740993", "NULL"};
  static const std::vector<std::string> kFloats = {"1", "2.5", "-7", "NULL"};
  static const std::vector<std::string> kTexts = {"'1'", "'x'", "'é'", "'say \"hi\"'", "''", "NULL"};
  if (kind == 'i') return kIntegers[Below(kIntegers.size())];
  if (kind == 'f') return kFloats[Below(kFloats.size())];
  // Compresses badly, so that it is moved out of line; sometimes into it and out again.
  if (kind == 'l' && Below(2) == 0) {
    return "(SELECT string_agg(md5(i::text), '') FROM generate_series(" + std::to_string(Below(1000)) + ", " +
           std::to_string(1000 + Below(300)) + ") i)";
  }
  return kTexts[Below(kTexts.size())];
}

std::string PostgresApp::Statement() {
  const Table& table = kTables[Below(kTables.size())];
  const auto key = [&] {
    const char kind = table.name == "t1" ? 'i' : 't';
    std::string literal = Literal(kind);
    while (literal == "NULL") literal = Literal(kind);
    return literal;
  };
  std::string where = " WHERE id = " + key();
  if (Below(4) == 0) where = " WHERE id <> " + key();
  const Column& column = table.columns[Below(table.columns.size())];
  const std::string value = column.name == "id" ? key() : Literal(column.kind);
  switch (Below(16)) {
    case 0:
    case 1:
      return "DELETE FROM " + table.name + where;
    case 2:
      return Below(4) == 0 ? "TRUNCATE " + table.name : "DELETE FROM " + table.name + " WHERE id = " + key();
    case 3:
      return "UPDATE " + table.name + " SET id = " + key() + where;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
      return "UPDATE " + table.name + " SET " + column.name + " = " + value + where;
    default: {
      std::string names;
      std::string values;
      for (const Column& each : table.columns) {
        names += (names.empty() ? "" : ", ") + each.name;
        values += (values.empty() ? "" : ", ") + (each.name == "id" ? key() : Literal(each.kind));
      }
      return "INSERT INTO " + table.name + "(" + names + ") VALUES (" + values + ") ON CONFLICT (id) DO " +
             (Below(2) == 0 ? "NOTHING" : "UPDATE SET a = excluded.a, d = excluded.d");
    }
  }
}

void PostgresApp::RunTransaction() {
  std::string sql = "BEGIN;";
  for (std::size_t left = 1 + Below(6); left > 0; --left) sql += Statement() + ";";
  if (!connection_->Execute(sql + (Below(10) == 0 ? "ROLLBACK" : "COMMIT")).ok())
    Must(connection_->Execute("ROLLBACK"));
}

void PostgresApp::CutConnections() {
  Must(
      connection_->Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                           "AND pid <> pg_backend_pid()"));
}

std::unique_ptr<sqlite::Connection> PostgresApp::Snapshot() {
  auto copy = Must(sqlite::Connection::Open({.path = ":memory:"}));
  for (const Table& table : kTables) {
    std::string names;
    for (const Column& column : table.columns) names += (names.empty() ? "" : ", ") + column.name;
    Must(copy->Execute("CREATE TABLE " + table.name + "(" + names + ")"));
    auto insert = Must(copy->Prepare("INSERT INTO " + table.name + " VALUES (?1, ?2, ?3, ?4, ?5)"));
    const auto rows = Must(connection_->Query("SELECT " + names + " FROM " + table.name));
    for (int row = 0; row < rows.count(); ++row) {
      for (int i = 0; i < 5; ++i) {
        const std::string text(rows.Text(row, i));
        const char kind = table.columns[static_cast<std::size_t>(i)].kind;
        if (rows.IsNull(row, i)) {
          Must(insert.BindNull(i + 1));
        } else if (kind == 'i') {
          Must(insert.BindInt64(i + 1, std::atoll(text.c_str())));
        } else if (kind == 'f') {
          Must(insert.BindDouble(i + 1, std::atof(text.c_str())));
        } else {
          Must(insert.BindText(i + 1, rows.Text(row, i)));
        }
      }
      Must(insert.RunBound());
    }
  }
  return copy;
}

std::unique_ptr<replication::Source> PostgresApp::OpenSource(Random& random, LogSink& log) const {
  replication::PostgresSourceOptions options;
  options.connection = cluster_.Keywords(database_);
  options.first_retry = options.last_retry = std::chrono::milliseconds(10);
  return replication::MakePostgresSource(std::move(options), random, log);
}

}  // namespace skerry::test
