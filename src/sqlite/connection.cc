#include "sqlite/connection.h"

#include <sqlite3.h>

#include "sqlite/error.h"
#include "sqlite/hooks.h"

namespace skerry::sqlite {
namespace {

// SQLite takes sizes as int.
constexpr std::size_t kMaxSqlBytes = 0x7fffffff;

// 1000 pages: with 16 KiB pages a log of about 16 MB before it is written back.
constexpr char kSettings[] =
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA foreign_keys=OFF;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA recursive_triggers=ON;";

}  // namespace

Connection::Connection(sqlite3* db) : db_(db), hooks_(std::make_unique<Hooks>()) {}

Connection::~Connection() {
  cached_.clear();
  // The hooks die with this object, statements that someone still holds may live a little longer.
  sqlite3_preupdate_hook(db_, nullptr, nullptr);
  sqlite3_commit_hook(db_, nullptr, nullptr);
  sqlite3_rollback_hook(db_, nullptr, nullptr);
  sqlite3_set_authorizer(db_, nullptr, nullptr);
  sqlite3_progress_handler(db_, 0, nullptr, nullptr);
  sqlite3_wal_hook(db_, nullptr, nullptr);
  sqlite3_close_v2(db_);
}

Result<std::unique_ptr<Connection>> Connection::Open(const OpenOptions& options) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code =
      sqlite3_open_v2(options.path.c_str(), &raw, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    Error error = MakeError(raw, code, "opening " + options.path);
    sqlite3_close_v2(raw);
    return error;
  }
  std::unique_ptr<Connection> connection(new Connection(raw));
  Connection& db = *connection;
  const std::string doing = "opening " + options.path;
  const auto run = [&](const std::string& sql) -> Status {
    Status status = db.Execute(sql);
    if (!status.ok()) return std::move(status).error().During(doing);
    return kDone;
  };
  sqlite3_busy_timeout(raw, 0);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  SKERRY_TRY(run("PRAGMA page_size=" + std::to_string(options.page_size)));  // Before the file has its first page.
  SKERRY_TRY(run("PRAGMA cache_size=-" + std::to_string(options.cache_kib)));
  SKERRY_TRY(run("PRAGMA journal_mode=WAL"));  // Answers another mode where the VFS cannot: that is fine.
  SKERRY_TRY(run(kSettings));
  if (options.read_only) SKERRY_TRY(run("PRAGMA query_only=ON"));
  SKERRY_TRY(db.AddChangesFunction());
  return connection;
}

Result<Statement> Connection::Prepare(std::string_view sql, std::string_view* tail) {
  if (sql.size() > kMaxSqlBytes) {
    return Error{ErrorCode::kInvalidArgument, "The SQL text is too long: " + std::to_string(sql.size()) + " bytes"};
  }
  if (sql.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, "The SQL text contains a NUL character."};
  }
  sqlite3_stmt* stmt = nullptr;
  const char* rest = nullptr;
  const char* text = sql.data() == nullptr ? "" : sql.data();
  const int code = sqlite3_prepare_v3(db_, text, static_cast<int>(sql.size()), 0, &stmt, &rest);
  if (code != SQLITE_OK) return MakeError(db_, code);
  if (tail != nullptr) *tail = sql.substr(static_cast<std::size_t>(rest - text));
  return Statement(stmt);
}

Status Connection::Execute(std::string_view sql) {
  while (!sql.empty()) {
    SKERRY_ASSIGN(statement, Prepare(sql, &sql));
    if (statement.has_value()) SKERRY_TRY(statement.RunBound());
  }
  return kDone;
}

Result<Statement*> Connection::Cached(const char* sql) {
  auto found = cached_.find(sql);
  if (found == cached_.end()) {
    sqlite3_stmt* stmt = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
    if (code != SQLITE_OK) return MakeError(db_, code, sql);
    found = cached_.emplace(sql, std::make_unique<Statement>(stmt)).first;
  }
  Statement* statement = found->second.get();
  statement->Reset();
  return statement;
}

Status Connection::ReplaceTableText(std::string_view table, std::string_view sql) {
  SKERRY_ASSIGN(version, Prepare("PRAGMA schema_version"));
  SKERRY_TRY(version.Step());
  const std::int64_t next_version = version.Int64(0) + 1;
  version.Reset();

  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, nullptr);
  const auto replace = [&]() -> Status {
    SKERRY_ASSIGN(update, Prepare("UPDATE main.sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2"));
    SKERRY_TRY(update.Run(sql, table));
    if (Changes() != 1) return Error{ErrorCode::kInternal, "There is no table " + std::string(table)};
    // Other connections read the schema again when its version changes.
    return Execute("PRAGMA schema_version=" + std::to_string(next_version));
  };
  Status replaced = replace();
  Status reset = Execute("PRAGMA writable_schema=RESET");  // Reads the new text, and ends the permission.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (!replaced.ok()) return replaced;
  return reset;
}

bool Connection::InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }
std::int64_t Connection::Changes() const { return sqlite3_changes64(db_); }
std::int64_t Connection::TotalChanges() const { return sqlite3_total_changes64(db_); }
std::int64_t Connection::LastInsertRowId() const { return sqlite3_last_insert_rowid(db_); }

Error Connection::LastError(std::string_view doing) const {
  return MakeError(db_, sqlite3_extended_errcode(db_), doing);
}

}  // namespace skerry::sqlite
