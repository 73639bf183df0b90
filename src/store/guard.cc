#include "store/guard.h"

#include <algorithm>
#include <iterator>

#include "schema/ddl.h"
#include "schema/names.h"
#include "store/sql_words.h"

namespace skerry::store {
namespace {

using schema::SameName;
using sqlite::AccessKind;
using sqlite::DdlKind;

bool IsOwnName(std::string_view name) { return name.size() >= 3 && SameName(name.substr(0, 3), "ps_"); }

// Those whose argument is a question or harmless.
constexpr std::string_view kPragmas[] = {
    "table_info",         "table_xinfo",     "table_list",     "index_list",       "index_info",   "index_xinfo",
    "foreign_key_list",   "database_list",   "function_list",  "module_list",      "pragma_list",  "collation_list",
    "compile_options",    "integrity_check", "quick_check",    "data_version",     "user_version", "application_id",
    "page_count",         "freelist_count",  "wal_checkpoint", "optimize",         "cache_size",   "incremental_vacuum",
    "defer_foreign_keys", "analysis_limit",  "shrink_memory",  "foreign_key_check"};
// Those that may be asked but not set.
constexpr std::string_view kAskedPragmas[] = {
    "auto_vacuum",   "busy_timeout", "cache_spill", "encoding",       "foreign_keys",       "journal_mode",
    "locking_mode",  "mmap_size",    "page_size",   "query_only",     "recursive_triggers", "schema_version",
    "secure_delete", "synchronous",  "temp_store",  "trusted_schema", "wal_autocheckpoint", "max_page_count"};

template <typename List>
bool Contains(const List& list, std::string_view name) {
  return std::any_of(std::begin(list), std::end(list), [&](std::string_view entry) { return SameName(entry, name); });
}

std::string JudgePragma(const sqlite::Access& access) {
  if (Contains(kPragmas, access.first)) return {};
  const bool asks = access.second.empty();
  if (asks && Contains(kAskedPragmas, access.first)) return {};
  const std::string name(access.first);
  if (Contains(kAskedPragmas, access.first))
    return "PRAGMA " + name + " may be asked but not set: Skerry needs its value.";
  return "PRAGMA " + name + " is not available: it could change how Skerry keeps the database.";
}

}  // namespace

Guard::Guard(sqlite::Connection& db) : db_(db) {
  db_.SetAuthorizer([this](const sqlite::Access& access) { return Allow(access); });
}

Guard::~Guard() { db_.SetAuthorizer({}); }

bool Guard::IsManaged(std::string_view sql_name) const {
  return schema_ != nullptr && schema_->FindSqlName(sql_name) != nullptr;
}

Result<Guard::Prepared> Guard::Prepare(std::string_view sql, std::string_view* tail) {
  const Application application(*this);
  saw_ddl_ = false;
  nature_ = StatementNature::kPlain;
  indexed_table_.clear();
  refusal_.clear();
  auto statement = db_.Prepare(sql, tail);
  if (!statement.ok()) {
    Error error = std::move(statement).error();
    // SQLite's own word for it depends on what was refused.
    if (!refusal_.empty()) return Error{ErrorCode::kNotAuthorized, refusal_, error.sqlite_code};
    return error;
  }
  const std::string_view first = NextWord(sql);
  const std::string_view second = NextWord(sql);
  if (!indexed_table_.empty() && SameName(second, "unique")) {
    return Error{ErrorCode::kNotAuthorized, "A unique index on the synced table " + indexed_table_ +
                                                " is not possible: rows of the server that violate it would stop every"
                                                " download. Create it without UNIQUE."};
  }
  if (SameName(first, "vacuum")) {
    if (!second.empty() && !SameName(second, "main")) {
      return Error{ErrorCode::kNotAuthorized, "VACUUM INTO is not available: Skerry owns its files. VACUUM is."};
    }
    nature_ = StatementNature::kVacuum;
  }
  return Prepared{*std::move(statement), nature_};
}

bool Guard::Allow(const sqlite::Access& access) {
  if (!judging_) return true;
  if (listener_) listener_(access);
  std::string refusal = Judge(access);
  if (refusal.empty()) return true;
  refusal_ = std::move(refusal);
  return false;
}

std::string Guard::Judge(const sqlite::Access& access) {
  switch (access.kind) {
    case AccessKind::kInsert:
    case AccessKind::kUpdate:
    case AccessKind::kDelete:
      return JudgeWrite(access);
    case AccessKind::kDdl:
      saw_ddl_ = true;
      return JudgeDdl(access);
    case AccessKind::kAttach:
      return "ATTACH and DETACH are not available: a Skerry connection has one database.";
    case AccessKind::kPragma:
      nature_ = StatementNature::kAlone;
      return JudgePragma(access);
    case AccessKind::kFunction:
      if (SameName(access.second, schema::kInsertOnlyFunction) && !IsOwnName(access.trigger)) {
        return "The function " + std::string(access.second) + "() is for Skerry's own triggers.";
      }
      return {};
    case AccessKind::kTransaction:
      nature_ = StatementNature::kAlone;
      return {};
    case AccessKind::kRead:
    case AccessKind::kOther:
      return {};
  }
  return {};
}

std::string Guard::JudgeWrite(const sqlite::Access& access) const {
  const std::string_view table = access.first;
  if (IsOwnName(access.trigger)) return {};
  if (IsOwnName(table) && !SameName(table, "ps_crud")) {
    return "The table " + std::string(table) +
           " is written by Skerry alone. Reading it is fine; so is deleting from"
           " ps_crud.";
  }
  // With it the queue's ids would be reused. DDL removes its own rows there.
  if (SameName(table, "sqlite_sequence") && !saw_ddl_) return "The table sqlite_sequence is not to be written by hand.";
  return {};
}

std::string Guard::JudgeDdl(const sqlite::Access& access) {
  const bool alters = access.ddl == DdlKind::kAlterTable;
  const std::string_view object = alters ? access.second : access.first;
  const std::string name(object);
  constexpr std::string_view kHow =
      " belongs to the schema and changes with it (updateSchema). Views, triggers and indexes without UNIQUE of your "
      "own"
      " are possible.";
  switch (access.ddl) {
    case DdlKind::kCreateTable:
    case DdlKind::kCreateView:
    case DdlKind::kCreateVirtualTable:
      if (IsOwnName(object)) return "Names that begin with ps_ are Skerry's: " + name;
      if (IsManaged(object)) return "The table " + name + std::string(kHow);
      return {};
    case DdlKind::kDropTable:
    case DdlKind::kDropView:
    case DdlKind::kDropVirtualTable:
    case DdlKind::kAlterTable:
      if (IsOwnName(object)) return "The table " + name + " is Skerry's own and cannot be changed or dropped.";
      if (IsManaged(object)) return "The table " + name + std::string(kHow);
      return {};
    case DdlKind::kCreateIndex:
    case DdlKind::kCreateTrigger: {
      if (IsOwnName(object)) return "Names that begin with ps_ are Skerry's: " + name;
      const std::string table(access.second);
      if (IsOwnName(table))
        return "The table " + table + " is Skerry's own: no indexes or triggers can be added to it.";
      const schema::Table* managed = schema_ == nullptr ? nullptr : schema_->FindSqlName(table);
      const bool synced = managed != nullptr && managed->kind == schema::TableKind::kSynced;
      if (access.ddl == DdlKind::kCreateIndex && synced) indexed_table_ = table;
      return {};
    }
    case DdlKind::kDropIndex:
    case DdlKind::kDropTrigger:
      if (IsOwnName(object)) return name + " belongs to the schema and changes with it (updateSchema).";
      return {};
    case DdlKind::kReindex:
    case DdlKind::kAnalyze:
    case DdlKind::kNone:
      return {};
  }
  return {};
}

}  // namespace skerry::store
