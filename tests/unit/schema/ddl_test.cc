// The SQL of a schema's tables: that SQLite takes it, whatever the names and types are.
#include "schema/ddl.h"

#include "sqlite/connection.h"
#include "support/catch.h"

using namespace skerry;

namespace {

schema::Table TableOf(const std::string& members) {
  auto schema = schema::Schema::Parse(R"({"tables":[{"name":"t",)" + members + "}]}");
  if (!schema.ok()) FAIL(schema.error().message);
  return schema->tables[0];
}

std::string TryCreate(const schema::Table& table) {
  auto db = sqlite::Connection::Open({":memory:"});
  REQUIRE(db.ok());
  std::vector<std::string> all{schema::CreateTable(table)};
  for (const std::string& sql : schema::CreateTriggers(table)) all.push_back(sql);
  for (const schema::Index& index : table.indexes) all.push_back(schema::CreateIndex(table, index));
  for (const std::string& sql : schema::DropTriggers(table)) all.push_back(sql);
  for (const std::string& sql : all) {
    if (Status done = (*db)->Execute(sql); !done.ok()) return sql + ": " + done.error().message;
  }
  return {};
}

}  // namespace

TEST_CASE("a synced table has real columns of the declared types", "[schema]") {
  const schema::Table table = TableOf(R"("columns":[{"name":"a","type":"text"},{"name":"n","type":"Integer"}],
      "indexes":[{"name":"i","columns":[{"name":"a"},{"name":"n","ascending":false}]}])");
  CHECK(schema::CreateTable(table).find("CREATE TABLE \"t\"(\"id\" TEXT PRIMARY KEY NOT NULL") == 0);
  CHECK(schema::ColumnDefinition(table, table.columns[1]) ==
        "\"n\" INTEGER CONSTRAINT \"cannot queue a BLOB: t.n\" CHECK (\"n\" < x'')");
  CHECK(schema::CreateIndex(table, table.indexes[0]) == "CREATE INDEX \"ps_index__t__i\" ON \"t\"(\"a\", \"n\" DESC)");
  CHECK(TryCreate(table).empty());
}

TEST_CASE("keywords, other letters and odd types make valid SQL and nothing more", "[schema]") {
  CHECK(TryCreate(TableOf(R"("view_name":"select","columns":[{"name":"order","type":"varchar(20) x"},
      {"name":"größe","type":"text unique"},{"name":"x-y","type":"unique"},{"name":"(z","type":"\"q"},
      {"name":";","type":"real"}],"include_metadata":true,
      "indexes":[{"name":"group","columns":[{"name":"order"},{"name":"id"}]}])"))
            .empty());
  CHECK(TryCreate(TableOf(R"("columns":[],"insert_only":true)")).empty());
  CHECK(TryCreate(TableOf(R"("columns":[{"name":"from","type":"text"}],"insert_only":true,"include_metadata":true)"))
            .empty());
  CHECK(TryCreate(TableOf(R"("columns":[{"name":"b","type":"blob"}],"local_only":true)")).empty());
  CHECK(schema::TypeSql("text unique") == "\"text unique\"");
}

TEST_CASE("only our own constraints are told in our own words", "[schema][C-050]") {
  CHECK(schema::OwnConstraintText("CHECK constraint failed: id should be text") == "id should be text");
  CHECK(schema::OwnConstraintText("CHECK constraint failed: cannot queue a BLOB: t.a") == "cannot queue a BLOB: t.a");
  CHECK(schema::OwnConstraintText("CHECK constraint failed: length(x) < 3").empty());
  CHECK(schema::OwnConstraintText("UNIQUE constraint failed: t.id").empty());
}
