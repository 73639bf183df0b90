// Database::Info: what a person asks when something looks wrong (docs/module-abi.md, "Info").
#include "base/json.h"
#include "client/database.h"
#include "store/crud_queue.h"
#include "store/key_value.h"

namespace skerry::client {
namespace {

std::string Decimal(OpId id) { return std::to_string(Raw(id)); }

Result<std::string> SqliteVersion(sqlite::Connection& db) {
  SKERRY_ASSIGN(statement, db.Cached("SELECT sqlite_version()"));
  SKERRY_ASSIGN(row, statement->Step());
  std::string version = row ? std::string(statement->Text(0)) : std::string();
  statement->Reset();
  return version;
}

Result<std::int64_t> CountRows(sqlite::Connection& db, const std::string& table) {
  SKERRY_ASSIGN(statement, db.Prepare("SELECT count(*) FROM main." + sqlite::QuoteName(table)));
  SKERRY_ASSIGN(row, statement.Step());
  return row ? statement.Int64(0) : 0;
}

Status WriteFile(JsonWriter& json, sqlite::Connection& db) {
  SKERRY_ASSIGN(page_size, db.QueryInt("PRAGMA main.page_size"));
  SKERRY_ASSIGN(page_count, db.QueryInt("PRAGMA main.page_count"));
  SKERRY_ASSIGN(free_pages, db.QueryInt("PRAGMA main.freelist_count"));
  json.Key("file").BeginObject().Key("pageSize").Int(page_size.value_or(0));
  json.Key("pageCount").Int(page_count.value_or(0)).Key("freePages").Int(free_pages.value_or(0));
  json.Key("bytes").Int(page_size.value_or(0) * page_count.value_or(0)).EndObject();
  return kDone;
}

void WriteBucket(JsonWriter& json, const store::BucketRow& bucket) {
  json.BeginObject().Key("name").String(bucket.name).Key("lastOp").String(Decimal(bucket.last_op));
  json.Key("lastAppliedOp").String(Decimal(bucket.last_applied_op)).Key("operations").Int(bucket.op_count);
  json.Key("countAtLast").Int(bucket.count_at_last).Key("countSinceLast").Int(bucket.count_since_last);
  json.Key("bytes").Int(bucket.downloaded_bytes).Key("checksum").Int(bucket.total.value()).EndObject();
}

}  // namespace

Status Database::Info() {
  sqlite::Connection& db = main_->db();
  JsonWriter json(reply_);
  SKERRY_ASSIGN(client_id, store::ClientId(db));
  SKERRY_ASSIGN(version, SqliteVersion(db));
  json.BeginObject().Key("clientId").String(client_id).Key("sqliteVersion").String(version);
  json.Key("status").Raw(sync_->StatusJson());

  const sync::Counters& counters = sync_->counters();
  json.Key("counters").BeginObject().Key("lines").Int(counters.lines).Key("operations").Int(counters.operations);
  json.Key("bytes").Int(counters.bytes).Key("publishes").Int(counters.publishes);
  json.Key("checksumFailures").Int(counters.checksum_failures).Key("watchRuns").Int(live_queries_.runs()).EndObject();

  json.Key("buckets").BeginArray();
  for (const store::BucketRow& bucket : store_->Buckets()) WriteBucket(json, bucket);
  json.EndArray();

  json.Key("tables").BeginArray();
  for (const schema::Table& table : schema_.tables) {
    if (table.kind == schema::TableKind::kInsertOnly) continue;
    SKERRY_ASSIGN(rows, CountRows(db, table.view_name));
    json.BeginObject().Key("name").String(table.view_name).Key("rows").Int(rows).EndObject();
  }
  json.EndArray();

  SKERRY_ASSIGN(queue, store::CrudQueue(db).Stats());
  json.Key("queue").BeginObject().Key("count").Int(queue.count).Key("size").Int(queue.size_bytes).EndObject();
  SKERRY_TRY(WriteFile(json, db));
  json.EndObject();
  return kDone;
}

}  // namespace skerry::client
