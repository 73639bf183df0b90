#include "app/dev_writer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/json.h"

namespace skerry::app {
namespace {

using sqlite::QuoteName;

// Another process may hold the file for a moment (the sqlite3 shell, a backup).
constexpr int kBusyTries = 200;
constexpr std::chrono::milliseconds kBusyPause{10};

Result<sqlite::WriteTransaction> BeginPatiently(sqlite::Connection& db) {
  for (int tried = 1;; ++tried) {
    auto write = sqlite::WriteTransaction::Begin(db);
    if (write.ok() || write.error().code != ErrorCode::kStorageBusy || tried == kBusyTries) return write;
    std::this_thread::sleep_for(kBusyPause);
  }
}

// A JSON value as SQLite stores it: booleans as 1 and 0, lists and objects as their text. `text` keeps what is bound.
Status BindJson(sqlite::Statement& statement, int index, std::string_view json, std::string& text) {
  JsonReader reader(json);
  switch (reader.Peek()) {
    case JsonKind::kNull:
      return statement.BindNull(index);
    case JsonKind::kTrue:
      return statement.BindInt64(index, 1);
    case JsonKind::kFalse:
      return statement.BindInt64(index, 0);
    case JsonKind::kNumber: {
      std::string_view number;
      reader.ReadNumber(number);
      if (const auto integer = ParseInt64(number)) return statement.BindInt64(index, *integer);
      double real = 0;
      JsonReader(json).ReadDouble(real);
      return statement.BindDouble(index, real);
    }
    case JsonKind::kString: {
      std::string_view view;
      reader.ReadString(view);
      text.assign(view);
      return statement.BindText(index, text);
    }
    default:
      text.assign(json);
      return statement.BindText(index, text);
  }
}

// Failures of the file, as opposed to those of an entry: the batch has to come again.
bool IsOfTheFile(const Error& error) {
  return error.code != ErrorCode::kConstraint && error.code != ErrorCode::kSqlite &&
         error.code != ErrorCode::kInvalidArgument;
}

std::string RuleQuery(const std::string& table, const std::string& rule) {
  return "SELECT EXISTS(SELECT 1 FROM " + QuoteName(table) + " WHERE :user IS NOT NULL AND \"id\" = :id AND (" + rule +
         "\n))";
}

}  // namespace

// One batch: entries applied one by one, each inside a savepoint.
class DevWriter::Transaction {
 public:
  Transaction(DevWriter& writer, const std::string& user) : writer_(writer), db_(*writer.db_), user_(user) {}

  // The reason for refusing the entry, or nullopt.
  Result<std::optional<std::string>> Apply(const CrudEntry& entry) {
    SKERRY_TRY(db_.Execute("SAVEPOINT entry"));
    auto refused = TryApply(entry);
    if (!refused.ok()) {
      if (IsOfTheFile(refused.error())) return std::move(refused).error();
      refused = std::optional<std::string>(refused.error().message);
    }
    SKERRY_TRY(db_.Execute(*refused ? "ROLLBACK TO entry; RELEASE entry" : "RELEASE entry"));
    return refused;
  }

 private:
  using Refused = std::optional<std::string>;

  Result<Refused> TryApply(const CrudEntry& entry) {
    const auto found = writer_.tables_.find(entry.type);
    if (found == writer_.tables_.end()) return Refused("table '" + entry.type + "' cannot be written here");
    const Table& table = found->second;
    if (entry.kind == CrudKind::kUnknown) return Refused("the operation has to be PUT, PATCH or DELETE");
    if (entry.bytes > kMaxRowBytes) return Refused("a row may have at most 1 MiB");
    for (const auto& [column, value] : entry.data) {
      if (std::find(table.columns.begin(), table.columns.end(), column) == table.columns.end()) {
        return Refused("table '" + entry.type + "' has no column '" + column + "'");
      }
    }
    SKERRY_ASSIGN(exists, Ask("SELECT EXISTS(SELECT 1 FROM " + QuoteName(entry.type) +
                                  " WHERE :user IS NOT NULL AND \"id\" = :id)",
                              entry.id));
    const std::string rule = RuleQuery(entry.type, table.rule);
    const Refused forbidden(entry.type + " '" + entry.id + "' is not " + user_ + "'s to write");
    if (exists) {
      SKERRY_ASSIGN(was_allowed, Ask(rule, entry.id));
      if (!was_allowed) return forbidden;
    }
    if (entry.kind == CrudKind::kDelete) {
      SKERRY_TRY(Run("DELETE FROM " + QuoteName(entry.type) + " WHERE \"id\" = ?", {}, entry.id));
      return Refused();
    }
    if (entry.kind == CrudKind::kPatch && !exists) {
      return Refused(entry.type + " '" + entry.id + "' does not exist (any more)");
    }
    SKERRY_TRY(entry.kind == CrudKind::kPut ? Put(entry) : Patch(entry));
    SKERRY_ASSIGN(is_allowed, Ask(rule, entry.id));
    return is_allowed ? Refused() : forbidden;
  }

  // An upsert rather than REPLACE, which would run the delete triggers of a row that stays.
  Status Put(const CrudEntry& entry) {
    std::string names, marks, sets;
    for (const auto& [column, value] : entry.data) {
      if (column == "id") continue;
      names += QuoteName(column) + ", ";
      marks += "?, ";
      sets += (sets.empty() ? "" : ", ") + QuoteName(column) + " = excluded." + QuoteName(column);
    }
    return Run("INSERT INTO " + QuoteName(entry.type) + "(" + names + "\"id\") VALUES (" + marks +
                   "?) ON CONFLICT(\"id\") DO " + (sets.empty() ? "NOTHING" : "UPDATE SET " + sets),
               entry.data, entry.id);
  }

  Status Patch(const CrudEntry& entry) {
    std::string sets;
    for (const auto& [column, value] : entry.data) {
      if (column != "id") sets += (sets.empty() ? "" : ", ") + QuoteName(column) + " = ?";
    }
    if (sets.empty()) return kDone;
    return Run("UPDATE " + QuoteName(entry.type) + " SET " + sets + " WHERE \"id\" = ?", entry.data, entry.id);
  }

  // A batch repeats few statements many times.
  Result<sqlite::Statement*> Prepared(const std::string& sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      auto statement = db_.Prepare(sql);
      if (!statement.ok()) return std::move(statement).error();
      found = statements_.emplace(sql, *std::move(statement)).first;
    }
    return &found->second;
  }

  Result<bool> Ask(const std::string& sql, const std::string& id) {
    SKERRY_ASSIGN(statement, Prepared(sql));
    SKERRY_TRY(statement->Bind(user_, id));
    auto row = statement->Step();
    const bool holds = row.ok() && *row && statement->Int64(0) != 0;
    statement->Reset();
    if (!row.ok()) return std::move(row).error();
    return holds;
  }

  Status Run(const std::string& sql, const std::vector<std::pair<std::string, std::string>>& values,
             const std::string& id) {
    SKERRY_ASSIGN(statement, Prepared(sql));
    texts_.resize(values.size());
    int index = 0;
    for (const auto& [column, value] : values) {
      if (column == "id") continue;
      std::string& text = texts_[static_cast<std::size_t>(index)];
      SKERRY_TRY(BindJson(*statement, ++index, value, text));
    }
    SKERRY_TRY(statement->BindText(++index, id));
    return statement->RunBound();
  }

  DevWriter& writer_;
  sqlite::Connection& db_;
  const std::string& user_;
  std::unordered_map<std::string, sqlite::Statement> statements_;
  std::vector<std::string> texts_;
};

Status DevWriter::SetUp(const std::string& source_path, const DevConfig& config) {
  if (config.setup_sql.empty()) return kDone;
  SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = source_path}));
  SKERRY_ASSIGN(write, BeginPatiently(*db));
  SKERRY_ASSIGN(tables, db->QueryInt("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"));
  if (tables.value_or(0) > 0) return kDone;
  if (Status done = db->Execute(config.setup_sql); !done.ok()) return std::move(done).error().During("the set-up SQL");
  return write.Commit();
}

Result<std::unique_ptr<DevWriter>> DevWriter::Open(const std::string& source_path, const DevConfig& config) {
  SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = source_path}));
  auto writer = std::unique_ptr<DevWriter>(new DevWriter(std::move(db)));
  for (const auto& [name, rule] : config.write_rules) {
    SKERRY_ASSIGN(columns, writer->db_->Prepare("SELECT name FROM pragma_table_info(?1)"));
    SKERRY_TRY(columns.Bind(name));
    Table table{{}, rule};
    for (;;) {
      SKERRY_ASSIGN(row, columns.Step());
      if (!row) break;
      table.columns.emplace_back(columns.Text(0));
    }
    if (std::find(table.columns.begin(), table.columns.end(), "id") == table.columns.end()) {
      return Error{ErrorCode::kConfig,
                   "the write rule for '" + name + "': " + source_path +
                       (table.columns.empty() ? " has no such table" : " has it without column 'id'")};
    }
    if (auto tried = writer->db_->Prepare(RuleQuery(name, rule)); !tried.ok()) {
      return Error{ErrorCode::kConfig, "the write rule for '" + name + "': " + tried.error().message};
    }
    writer->tables_.emplace(name, std::move(table));
  }
  return writer;
}

Result<DevWriter::Outcome> DevWriter::Apply(const std::string& user, std::span<const CrudEntry> batch) {
  SKERRY_ASSIGN(write, BeginPatiently(*db_));
  Outcome outcome;
  {
    Transaction transaction(*this, user);
    for (const CrudEntry& entry : batch) {
      SKERRY_ASSIGN(reason, transaction.Apply(entry));
      if (reason)
        outcome.rejected.push_back({entry.op_id, entry.type, entry.id, *std::move(reason)});
      else
        ++outcome.applied;
    }
  }
  SKERRY_TRY(write.Commit());
  return outcome;
}

}  // namespace skerry::app
