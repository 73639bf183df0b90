// The app's schema: reading its JSON, and what is wrong with one.
#include "schema/schema.h"
#include "support/catch.h"

using namespace skerry;
using schema::Schema;
using schema::TableKind;

namespace {

std::string MessageFor(const std::string& json) {
  const auto schema = Schema::Parse(json);
  if (schema.ok()) return "accepted";
  CHECK(schema.error().code == ErrorCode::kInvalidSchema);
  return schema.error().message;
}

// The message for one table "t" with the given members.
std::string TableMessage(const std::string& members) {
  return MessageFor(R"({"tables":[{"name":"t",)" + members + "}]}");
}

constexpr char kA[] = R"("columns":[{"name":"a","type":"text"}])";

}  // namespace

TEST_CASE("a schema is read with all its options", "[schema]") {
  const auto schema = Schema::Parse(R"({"tables":[
      {"name":"todos","view_name":"tasks","columns":[{"name":"a","type":"text"},{"name":"b","type":"INTEGER"}],
       "indexes":[{"name":"i","columns":[{"name":"a","ascending":true,"type":"text"},
                                         {"name":"b","ascending":false,"type":"integer"}]}],
       "local_only":false,"insert_only":false,"include_old":["b"],"include_old_only_when_changed":true,
       "include_metadata":true,"ignore_empty_update":true,"unknown":{"x":[1]}},
      {"name":"settings","columns":[],"local_only":true,"insert_only":true,"view_name":null},
      {"name":"log","columns":[],"insert_only":true,"include_old":true}],
      "raw_tables":[],"more":1})");
  REQUIRE(schema.ok());
  REQUIRE(schema->tables.size() == 3);
  const schema::Table& todos = schema->tables[0];
  CHECK(todos.view_name == "tasks");
  CHECK(todos.columns[1].type == "INTEGER");
  CHECK(todos.indexes[0].columns[0].ascending);
  CHECK_FALSE(todos.indexes[0].columns[1].ascending);
  CHECK(todos.previous.tracked);
  CHECK(todos.previous.only_when_changed);
  CHECK(todos.previous.columns == std::vector<std::string>{"b"});
  CHECK(todos.include_metadata);
  CHECK(todos.ignore_empty_update);
  CHECK(schema->tables[1].kind == TableKind::kLocalOnly);  // insert_only is ignored then.
  CHECK(schema->tables[1].view_name == "settings");
  CHECK(schema->tables[2].kind == TableKind::kInsertOnly);
  CHECK(schema->tables[2].previous.tracked);

  CHECK(schema->FindType("todos") == &todos);
  CHECK(schema->FindType("tasks") == nullptr);
  CHECK(schema->FindSqlName("TASKS") == &todos);
}

TEST_CASE("the canonical JSON reads back as the same schema", "[schema][C-024]") {
  const auto schema = Schema::Parse(R"({"tables":[{"columns":[{"type":"real","name":"ä\"x"}],"name":"t"}]})");
  CHECK_FALSE(schema.ok());  // A quote is no letter of a name.
  const auto good = Schema::Parse(R"({"tables":[{"columns":[{"type":"real","name":"ä"}],"name":"t","include_old":[]},
      {"name":"u","columns":[{"name":"x","type":"text"}],"indexes":[{"name":"i","columns":[{"name":"x"}]}],
       "include_old":["x"]}]})");
  REQUIRE(good.ok());
  CHECK_FALSE(good->tables[0].previous.tracked);
  const auto again = Schema::Parse(good->ToJson());
  REQUIRE(again.ok());
  CHECK(*again == *good);
  CHECK(again->ToJson() == good->ToJson());
}

TEST_CASE("what cannot be a schema is refused by name", "[schema]") {
  CHECK(TableMessage(R"("columns":[{"name":"id","type":"text"}])") ==
        "Table t: An id column is automatically added, custom id columns are not supported");
  CHECK(TableMessage(R"("columns":[{"name":"ID","type":"text"}])").find("id column") != std::string::npos);
  CHECK(TableMessage(R"("columns":[{"name":"a","type":"text"},{"name":"A","type":"text"}])") ==
        "Table t: Duplicate column A");
  CHECK(TableMessage(R"("columns":[{"name":"a b","type":"text"}])") ==
        "Table t: Invalid characters in column name: a b");
  CHECK(TableMessage(R"("columns":[{"name":"","type":"text"}])") == "Table t: Invalid characters in column name: ");
  CHECK(TableMessage(R"("columns":[{"name":"a"}])") == "Table t: Column a has no usable type");
  CHECK(TableMessage(R"("columns":[{"name":"a","type":"blob"}])").find("cannot be a BLOB") != std::string::npos);
  CHECK(TableMessage(R"("columns":[{"name":"a","type":"blob"}],"local_only":true)") == "accepted");
  CHECK(TableMessage(std::string(kA) + R"(,"indexes":[{"name":"i","columns":[{"name":"b"}]}])") ==
        "Table t: Column b not found for index i");
  CHECK(TableMessage(std::string(kA) + R"(,"indexes":[{"name":"i","columns":[{"name":"a"}]},
        {"name":"I","columns":[{"name":"a"}]}])") == "Table t: Duplicate index I");
  CHECK(TableMessage(std::string(kA) + R"(,"indexes":[{"name":"i.","columns":[{"name":"a"}]}])") ==
        "Table t: Invalid characters in index name: i.");
  CHECK(TableMessage(std::string(kA) + R"(,"include_old":["b"])") == "Table t: Column b not found for previous values");
  CHECK(TableMessage(std::string(kA) + R"(,"local_only":true,"include_metadata":true)") ==
        "Table t: Can't include metadata for local-only tables.");
  CHECK(TableMessage(std::string(kA) + R"(,"local_only":true,"include_old":true)") ==
        "Table t: Can't include old values for local-only tables.");
  CHECK(TableMessage(std::string(kA) + R"(,"view_name":"a'b")") == "Invalid characters in view name: a'b");
  CHECK(TableMessage(std::string(kA) + R"(,"view_name":"PS_x")").find("reserved") != std::string::npos);
  CHECK(MessageFor(R"({"tables":[{"name":"a,b","columns":[]}]})") == "Invalid characters in table name: a,b");
  CHECK(MessageFor(R"({"tables":[{"name":"a","columns":[]},{"name":"a","view_name":"b","columns":[]}]})") ==
        "Duplicate table name: a");
  CHECK(MessageFor(R"({"tables":[{"name":"a","columns":[]},{"name":"b","view_name":"A","columns":[]}]})") ==
        "Duplicate view name: A");
  CHECK(MessageFor(R"({"tables":[],"raw_tables":[{"name":"r"}]})").find("raw tables are not available") !=
        std::string::npos);
}

TEST_CASE("at most 1,999 columns", "[schema][C-047]") {
  const auto columns = [](int count) {
    std::string json = R"("columns":[)";
    for (int i = 0; i < count; ++i)
      json += (i == 0 ? "" : ",") + (R"({"name":"c)" + std::to_string(i)) + R"(","type":"text"})";
    return json + "]";
  };
  CHECK(TableMessage(columns(1999)) == "accepted");
  CHECK(TableMessage(columns(2000)) == "Table t: Table has too many columns. The maximum number of columns is 1999.");
  CHECK(TableMessage(columns(1998) + R"(,"include_metadata":true)").find("too many columns") != std::string::npos);
}

TEST_CASE("malformed JSON is an error, not a schema", "[schema]") {
  for (const char* json : {"", "{", "[]", "null", R"({"tables":{}})", R"({"tables":[1]})", R"({"tables":[{"name":1}]})",
                           R"({"tables":[{"name":"t","columns":[{"name":"a","type":1}]}]})",
                           R"({"tables":[{"name":"t","local_only":"yes"}]})", R"({"tables":[]} x)"}) {
    INFO(json);
    CHECK(MessageFor(json) != "accepted");
  }
}
