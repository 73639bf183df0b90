#include "support/local_store.h"

#include "store/migrations.h"
#include "store/schema_change.h"
#include "support/catch.h"

namespace skerry::test {
namespace {

Status BindAll(sqlite::Statement& statement, const Parameters& parameters) {
  int index = 0;
  for (const Parameter& parameter : parameters) {
    ++index;
    Status bound;
    if (const auto* integer = std::get_if<std::int64_t>(&parameter)) {
      bound = statement.BindInt64(index, *integer);
    } else if (const auto* real = std::get_if<double>(&parameter)) {
      bound = statement.BindDouble(index, *real);
    } else if (const auto* text = std::get_if<std::string>(&parameter)) {
      bound = statement.BindText(index, *text);
    } else if (const auto* blob = std::get_if<std::vector<std::uint8_t>>(&parameter)) {
      bound = statement.BindBlob(index, *blob);
    } else {
      bound = statement.BindNull(index);
    }
    if (!bound.ok()) return bound;
  }
  return kDone;
}

std::string RowText(const sqlite::Statement& statement) {
  std::string text;
  for (int column = 0; column < statement.ColumnCount(); ++column) {
    if (column > 0) text += '|';
    text += statement.IsNull(column) ? "NULL" : std::string(statement.Text(column));
  }
  return text;
}

class TextSink final : public store::RowSink {
 public:
  Status OnColumns(const sqlite::Statement&) override { return kDone; }
  Status OnRow(const sqlite::Statement& statement) override {
    rows.push_back(RowText(statement));
    return kDone;
  }
  std::vector<std::string> rows;
};

std::string MessageOf(const Status& status) { return status.ok() ? std::string() : status.error().message; }

}  // namespace

LocalStore::LocalStore(std::string_view schema_json, sqlite::OpenOptions options) {
  const Status opened = OpenWith(schema_json, options);
  INFO(MessageOf(opened));
  REQUIRE(opened.ok());
}

Result<std::unique_ptr<LocalStore>> LocalStore::Open(std::string_view schema_json, sqlite::OpenOptions options) {
  std::unique_ptr<LocalStore> store(new LocalStore(Unopened{}));
  SKERRY_TRY(store->OpenWith(schema_json, options));
  return store;
}

Status LocalStore::OpenWith(std::string_view schema_json, const sqlite::OpenOptions& options) {
  SKERRY_ASSIGN(connection, sqlite::Connection::Open(options));
  db = std::move(connection);
  SKERRY_TRY(db->AddUuidFunctions(random));
  guard = std::make_unique<store::Guard>(*db);
  capture = std::make_unique<store::Capture>(*db);
  SKERRY_TRY(capture->Install());
  runner = std::make_unique<store::StatementRunner>(*db, *guard, capture.get());
  {
    SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(*db));
    SKERRY_TRY(store::Migrate(write, random));
    SKERRY_TRY(write.Commit());
  }
  return ApplySchema(schema_json);
}

Status LocalStore::ApplySchema(std::string_view json) {
  SKERRY_ASSIGN(parsed, schema::Schema::Parse(json));
  runner->ForgetStatements();
  SKERRY_ASSIGN(write, sqlite::WriteTransaction::Begin(*db));
  SKERRY_TRY(store::ApplySchema(write, *capture, parsed));
  SKERRY_TRY(write.Commit());
  schema = std::move(parsed);
  guard->SetSchema(&schema);
  return capture->SetSchema(schema);
}

Result<store::Outcome> LocalStore::Run(std::string_view sql, Parameters parameters) {
  store::Call call;
  call.sql = sql;
  call.bind = [&](std::size_t, sqlite::Statement& statement) { return BindAll(statement, parameters); };
  return runner->Run(call);
}

store::Outcome LocalStore::Must(std::string_view sql, Parameters parameters) {
  auto outcome = Run(sql, std::move(parameters));
  INFO(sql);
  if (!outcome.ok()) FAIL(outcome.error().message);
  return *outcome;
}

Error LocalStore::MustFail(std::string_view sql, Parameters parameters) {
  auto outcome = Run(sql, std::move(parameters));
  INFO(sql);
  REQUIRE_FALSE(outcome.ok());
  return outcome.error();
}

Result<store::Outcome> LocalStore::RunScript(std::string_view sql, std::vector<std::string>* rows) {
  TextSink sink;
  store::Call call;
  call.sql = sql;
  call.shape = store::Call::Shape::kScript;
  call.rows = &sink;
  auto outcome = runner->Run(call);
  if (rows != nullptr) *rows = std::move(sink.rows);
  return outcome;
}

Result<store::Outcome> LocalStore::RunBatch(std::string_view sql, std::vector<Parameters> sets) {
  store::Call call;
  call.sql = sql;
  call.shape = store::Call::Shape::kBatch;
  call.set_count = sets.size();
  call.bind = [&](std::size_t set, sqlite::Statement& statement) { return BindAll(statement, sets[set]); };
  return runner->Run(call);
}

std::vector<std::string> LocalStore::Rows(std::string_view sql, Parameters parameters) {
  TextSink sink;
  store::Call call;
  call.sql = sql;
  call.rows = &sink;
  call.bind = [&](std::size_t, sqlite::Statement& statement) { return BindAll(statement, parameters); };
  auto outcome = runner->Run(call);
  INFO(sql);
  if (!outcome.ok()) FAIL(outcome.error().message);
  return std::move(sink.rows);
}

std::vector<std::string> LocalStore::OwnRows(std::string_view sql) {
  std::vector<std::string> rows;
  auto statement = db->Prepare(sql);
  INFO(sql);
  REQUIRE(statement.ok());
  while (true) {
    auto row = statement->Step();
    if (!row.ok()) FAIL(row.error().message);
    if (!*row) return rows;
    rows.push_back(RowText(*statement));
  }
}

void LocalStore::OwnSql(std::string_view sql) {
  const Status done = db->Execute(sql);
  INFO(sql);
  INFO(MessageOf(done));
  REQUIRE(done.ok());
}

std::vector<std::string> LocalStore::Queue() { return OwnRows("SELECT data FROM ps_crud ORDER BY id"); }
std::vector<std::string> LocalStore::QueueWithTransactions() {
  return OwnRows("SELECT tx_id || ' ' || data FROM ps_crud ORDER BY id");
}
std::vector<std::string> LocalStore::UpdatedRows() {
  return OwnRows("SELECT row_type || ' ' || row_id FROM ps_updated_rows ORDER BY 1");
}

std::string LocalStore::KeyValue(std::string_view key) {
  const auto rows = OwnRows("SELECT value FROM ps_kv WHERE key = " + sqlite::QuoteText(key));
  return rows.empty() ? std::string() : rows.front();
}

std::string OneTable(std::string_view columns, std::string_view options) {
  std::string json = R"({"tables":[{"name":"t","columns":[)";
  bool first = true;
  while (!columns.empty()) {
    const std::size_t end = std::min(columns.find(','), columns.size());
    std::string_view column = columns.substr(0, end);
    columns.remove_prefix(std::min(end + 1, columns.size()));
    column.remove_prefix(column.find_first_not_of(' '));
    const std::size_t space = column.find(' ');
    json += first ? "" : ",";
    json += R"({"name":")" + std::string(column.substr(0, space)) + R"(","type":")" +
            std::string(column.substr(space + 1)) + R"("})";
    first = false;
  }
  return json + "]" + std::string(options) + "}]}";
}

}  // namespace skerry::test
