#include "watch/dependencies.h"

#include <algorithm>

#include "watch/fts_content.h"

namespace skerry::watch {

void AccessCollector::Note(const sqlite::Access& access) {
  if (access.kind != sqlite::AccessKind::kRead || access.first.empty()) return;
  const auto same = [&](const Read& read) { return read.table == access.first && read.schema == access.schema; };
  // SQLite asks once for each column, one table after another.
  if (!reads_.empty() && same(reads_.back())) return;
  if (std::any_of(reads_.begin(), reads_.end(), same)) return;
  reads_.push_back({std::string(access.first), std::string(access.schema)});
}

namespace {

// Follows names to real tables until no new one appears.
class Resolver {
 public:
  Resolver(sqlite::Connection& db, const PrepareFunction& prepare) : db_(db), prepare_(prepare) {}

  Status FollowSql(std::string_view sql) {
    AccessCollector collector;
    SKERRY_TRY(prepare_(sql, collector));
    for (const AccessCollector::Read& read : collector.reads()) {
      if (read.schema.empty() || read.schema == "temp") SKERRY_TRY(FollowTemp(read.table));
      if (read.schema.empty() || read.schema == "main") SKERRY_TRY(FollowMain(read.table, false));
    }
    return kDone;
  }

  // `keep_unknown`: a name that no table bears (yet) is kept as it is.
  Status FollowMain(const std::string& name, bool keep_unknown) {
    SKERRY_ASSIGN(statement, db_.Cached("SELECT name, type, sql FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE "
                                        "AND type IN ('table', 'view')"));
    SKERRY_TRY(statement->Bind(name));
    SKERRY_ASSIGN(found, statement->Step());
    const std::string spelled = found ? std::string(statement->Text(0)) : name;
    const bool is_view = found && statement->Text(1) == "view";
    const std::string sql = found ? std::string(statement->Text(2)) : std::string();
    statement->Reset();
    if (!found) {
      if (keep_unknown) Insert(name);
      return kDone;
    }
    // What a view reads is reported beside its name; only a name given by the application has to be followed.
    if (is_view) return keep_unknown ? FollowView(spelled) : kDone;
    if (!Insert(spelled)) return kDone;
    if (sql.size() < 14 || !IsVirtual(sql)) return kDone;
    SKERRY_TRY(FollowShadows(spelled));
    if (const auto content = FtsContentTable(sql)) SKERRY_TRY(FollowMain(*content, true));
    return kDone;
  }

  Dependencies Take() && {
    std::sort(result_.tables.begin(), result_.tables.end());
    return std::move(result_);
  }

 private:
  static bool IsVirtual(std::string_view sql) {
    static constexpr std::string_view kWords = "create virtual";
    for (std::size_t i = 0; i < kWords.size(); ++i) {
      if ((sql[i] | 0x20) != kWords[i]) return false;
    }
    return true;
  }

  bool Insert(const std::string& table) {
    if (std::find(result_.tables.begin(), result_.tables.end(), table) != result_.tables.end()) return false;
    result_.tables.push_back(table);
    return true;
  }

  // No hook reports a temporary table; temporary views read tables that are reported by themselves.
  Status FollowTemp(const std::string& name) {
    SKERRY_ASSIGN(found,
                  db_.QueryInt("SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type = 'table'",
                               std::string_view(name)));
    if (found) result_.every_commit = true;
    return kDone;
  }

  Status FollowView(const std::string& view) {
    if (++depth_ > 32) return kDone;  // A view cannot hold itself; a chain this long is a mistake that SQLite reports.
    return FollowSql("SELECT * FROM main." + sqlite::QuoteName(view));
  }

  // The hook reports the changes of a virtual table as changes of the tables it keeps its data in.
  Status FollowShadows(const std::string& name) {
    SKERRY_ASSIGN(statement,
                  db_.Cached("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow' AND "
                             "substr(name, 1, length(?1) + 1) = ?1 || '_' COLLATE NOCASE"));
    SKERRY_TRY(statement->Bind(name));
    while (true) {
      SKERRY_ASSIGN(row, statement->Step());
      if (!row) break;
      Insert(std::string(statement->Text(0)));
    }
    statement->Reset();
    return kDone;
  }

  sqlite::Connection& db_;
  const PrepareFunction& prepare_;
  Dependencies result_;
  int depth_ = 0;
};

}  // namespace

Result<Dependencies> Resolve(sqlite::Connection& db, std::string_view sql, const PrepareFunction& prepare) {
  Resolver resolver(db, prepare);
  SKERRY_TRY(resolver.FollowSql(sql));
  return std::move(resolver).Take();
}

Result<Dependencies> ResolveNames(sqlite::Connection& db, const std::vector<std::string>& names,
                                  const PrepareFunction& prepare) {
  Resolver resolver(db, prepare);
  for (const std::string& name : names) SKERRY_TRY(resolver.FollowMain(name, true));
  return std::move(resolver).Take();
}

}  // namespace skerry::watch
