// SQL functions of ours.
#include <sqlite3.h>

#include <vector>

#include "sqlite/error.h"
#include "sqlite/hooks.h"

namespace skerry::sqlite {
namespace {

using Callback = std::function<Status(std::span<const Value>)>;

// Usable in views, triggers and defaults although trusted_schema is off: they have no effect outside this database.
constexpr int kHarmless = SQLITE_UTF8 | SQLITE_INNOCUOUS;

}  // namespace

Status Connection::AddUuidFunctions(Random& random) {
  for (const char* name : {"uuid", "gen_random_uuid"}) {
    const int code = sqlite3_create_function_v2(
        db_, name, 0, kHarmless, &random,
        [](sqlite3_context* context, int, sqlite3_value**) {
          const std::string uuid = NewUuid(*static_cast<Random*>(sqlite3_user_data(context)));
          sqlite3_result_text(context, uuid.data(), static_cast<int>(uuid.size()), SQLITE_TRANSIENT);
        },
        nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return MakeError(db_, code, "adding the function uuid()");
  }
  return kDone;
}

Status Connection::AddCallback(const char* name, Callback function) {
  auto* owned = new Callback(std::move(function));
  const int code = sqlite3_create_function_v2(
      db_, name, -1, kHarmless, owned,
      [](sqlite3_context* context, int count, sqlite3_value** arguments) {
        const std::vector<Value> values(arguments, arguments + count);
        const Status status = (*static_cast<Callback*>(sqlite3_user_data(context)))(values);
        if (!status.ok()) {
          const std::string& message = status.error().message;
          sqlite3_result_error(context, message.data(), static_cast<int>(message.size()));
          if (status.error().code == ErrorCode::kConstraint)
            sqlite3_result_error_code(context, SQLITE_CONSTRAINT_TRIGGER);
        }
      },
      nullptr, nullptr, [](void* callback) { delete static_cast<Callback*>(callback); });
  if (code != SQLITE_OK) return MakeError(db_, code, name);
  return kDone;
}

// The entries of the upload queue are inserted right after the application's statement, and changes() would count them.
// Within a trigger SQLite keeps another count, and that one is told as it is.
Status Connection::AddChangesFunction() {
  const int code = sqlite3_create_function_v2(
      db_, "changes", 0, SQLITE_UTF8, hooks_.get(),
      [](sqlite3_context* context, int, sqlite3_value**) {
        const auto* hooks = static_cast<const Hooks*>(sqlite3_user_data(context));
        const std::int64_t changes = sqlite3_changes64(sqlite3_context_db_handle(context));
        sqlite3_result_int64(context, changes == hooks->disturbed_changes ? hooks->reported_changes : changes);
      },
      nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return MakeError(db_, code, "adding the function changes()");
  return kDone;
}

void Connection::RestoreCounters(std::int64_t changes, std::int64_t last_insert_rowid) {
  hooks_->reported_changes = changes;
  hooks_->disturbed_changes = sqlite3_changes64(db_);
  sqlite3_set_last_insert_rowid(db_, last_insert_rowid);
}

}  // namespace skerry::sqlite
