// The local half of a database as the client puts it together: connection, own tables, schema, guard, capture, runner.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.h"
#include "schema/schema.h"
#include "sqlite/connection.h"
#include "store/capture.h"
#include "store/guard.h"
#include "store/statement_runner.h"

namespace skerry::test {

using Parameter = std::variant<std::nullptr_t, std::int64_t, double, std::string, std::vector<std::uint8_t>>;
using Parameters = std::vector<Parameter>;

// lists(name, owner), todos(list_id, text, done INTEGER, rank REAL) with an index; both synced.
inline constexpr std::string_view kTodoSchema = R"({"tables":[
  {"name":"lists","columns":[{"name":"name","type":"text"},{"name":"owner","type":"text"}]},
  {"name":"todos","columns":[{"name":"list_id","type":"text"},{"name":"text","type":"text"},
     {"name":"done","type":"integer"},{"name":"rank","type":"real"}],
   "indexes":[{"name":"by_list","columns":[{"name":"list_id","ascending":true,"type":"text"}]}]}]})";

class LocalStore {
 public:
  // Opens, migrates and applies the schema. Failing here fails the test.
  explicit LocalStore(std::string_view schema_json = kTodoSchema, sqlite::OpenOptions options = {":memory:"});

  // For tests in which opening may fail.
  static Result<std::unique_ptr<LocalStore>> Open(std::string_view schema_json, sqlite::OpenOptions options);

  Status ApplySchema(std::string_view json);

  // One statement of the application.
  Result<store::Outcome> Run(std::string_view sql, Parameters parameters = {});
  // Same, must succeed.
  store::Outcome Must(std::string_view sql, Parameters parameters = {});
  // Same, must fail; returns the error.
  Error MustFail(std::string_view sql, Parameters parameters = {});
  Result<store::Outcome> RunScript(std::string_view sql, std::vector<std::string>* rows = nullptr);
  Result<store::Outcome> RunBatch(std::string_view sql, std::vector<Parameters> sets);

  // Rows as text, values joined by "|", NULL as "NULL". Run as the application.
  std::vector<std::string> Rows(std::string_view sql, Parameters parameters = {});
  // Rows of our own SQL, which the guard does not judge.
  std::vector<std::string> OwnRows(std::string_view sql);
  void OwnSql(std::string_view sql);

  // The entries of ps_crud, oldest first.
  std::vector<std::string> Queue();
  // The same with their tx ids: "1 {...}".
  std::vector<std::string> QueueWithTransactions();
  std::vector<std::string> UpdatedRows();      // "type id"
  std::string KeyValue(std::string_view key);  // "" if absent.

  SeededRandom random{1};
  std::unique_ptr<sqlite::Connection> db;
  std::unique_ptr<store::Guard> guard;
  std::unique_ptr<store::Capture> capture;
  std::unique_ptr<store::StatementRunner> runner;
  schema::Schema schema;

 private:
  struct Unopened {};
  explicit LocalStore(Unopened) {}
  Status OpenWith(std::string_view schema_json, const sqlite::OpenOptions& options);
};

// A schema of one table "t" with the given columns ("a text, b integer") and further options (",\"local_only\":true").
std::string OneTable(std::string_view columns, std::string_view options = "");

}  // namespace skerry::test
