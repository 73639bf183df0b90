#include "replication/postgres/server_check.h"

#include "replication/postgres/catalog.h"

namespace skerry::replication::pg {
namespace {

constexpr int kOldest = 110000;

Error Wrong(std::string message) { return Error{.code = ErrorCode::kConfig, .message = std::move(message)}; }

Status CheckSettings(Connection& sql) {
  if (sql.server_version() < kOldest) {
    return Wrong("Postgres 11 or newer is needed, the source is version " +
                 std::to_string(sql.server_version() / 10000));
  }
  SKERRY_ASSIGN(rows, sql.Query("SELECT pg_catalog.current_setting('wal_level'), pg_catalog.pg_is_in_recovery()"));
  if (rows.Bool(0, 1)) return Wrong("the source is a standby server; give the address of the primary");
  if (rows.Text(0, 0) != "logical") {
    return Wrong("the source has wal_level '" + std::string(rows.Text(0, 0)) +
                 "'; run: ALTER SYSTEM SET wal_level = logical; and restart Postgres");
  }
  return kDone;
}

Status CheckPublication(Connection& sql) {
  const bool can_be_root = sql.server_version() >= 130000;
  SKERRY_ASSIGN(rows, sql.Query(std::string("SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate, ") +
                                (can_be_root ? "pubviaroot" : "false") +
                                " FROM pg_catalog.pg_publication WHERE pubname = '" + kPublication + "'"));
  const std::string name = kPublication;
  if (rows.count() == 0) {
    return Wrong("PSYNC_S1141: the source database " + sql.database() + " has no publication '" + name +
                 "'; run: CREATE PUBLICATION " + name + " FOR ALL TABLES; or FOR TABLE and the tables to sync");
  }
  if (!rows.Bool(0, 0)) {
    return Wrong("PSYNC_S1142: the publication '" + name +
                 "' does not publish every kind of change; run: ALTER PUBLICATION " + name +
                 " SET (publish = 'insert, update, delete, truncate')");
  }
  if (rows.Bool(0, 1)) {
    return Wrong("PSYNC_S1143: the publication '" + name +
                 "' publishes partitions under the name of their root; run: ALTER PUBLICATION " + name +
                 " SET (publish_via_partition_root = false)");
  }
  return kDone;
}

// Where the provider hands out replication in its own way, the attempt shows whether it is there.
Status CheckRole(Connection& sql) {
  SKERRY_ASSIGN(rows, sql.Query("SELECT rolsuper OR rolreplication OR EXISTS (SELECT 1 FROM pg_catalog.pg_roles r "
                                "WHERE r.rolname IN ('rds_replication', 'azure_pg_admin', 'cloudsqlsuperuser')) FROM "
                                "pg_catalog.pg_roles WHERE rolname = current_user"));
  if (rows.count() > 0 && rows.Bool(0, 0)) return kDone;
  return Wrong("the role " + sql.user() + " may not replicate; run: ALTER ROLE " + QuoteName(sql.user()) +
               " REPLICATION");
}

}  // namespace

Result<std::vector<std::string>> FindServerFaults(Connection& sql) {
  std::vector<std::string> faults;
  for (const auto check : {&CheckSettings, &CheckPublication, &CheckRole}) {
    Status checked = check(sql);
    if (checked.ok()) continue;
    if (checked.error().code != ErrorCode::kConfig) return std::move(checked).error();
    faults.push_back(std::move(checked).error().message);
  }
  return faults;
}

Result<Server> CheckServer(Connection& sql) {
  for (const auto check : {&CheckSettings, &CheckPublication, &CheckRole}) SKERRY_TRY(check(sql));
  SKERRY_ASSIGN(rows, sql.Query("SELECT system_identifier FROM pg_catalog.pg_control_system()"));
  return Server{.system = std::string(rows.Text(0, 0))};
}

}  // namespace skerry::replication::pg
