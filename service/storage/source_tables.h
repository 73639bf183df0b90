// The source tables of a deployment and the rows that were delivered of them: a batch changes rows by the name of
// their table, and tables come, are copied and go.
//
// Operations name their table by number, so the row of a table that is gone stays as long as its operations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/row_log.h"
#include "storage/source_notes.h"
#include "storage/storage.h"

namespace skerry::storage {

// Borrows both. Everything but Forget() and List() happens in a batch.
class SourceTables {
 public:
  SourceTables(sqlite::Connection& db, RowLog& log) : db_(db), log_(log) {}

  // What is known of open tables is no longer so: a batch begins or was undone, or a deployment begins.
  void Forget() { open_.clear(); }

  Result<std::vector<TableRecord>> List();
  Status Put(const TableRecord& table);
  Status Drop(std::string_view table);

  Status SetRow(std::string_view table, std::string_view key, const RowState& state);
  Result<bool> ReadCopy(std::string_view table, std::string_view key, std::string& copy);
  Status BeginCopy(std::string_view table);
  Status EndCopy(std::string_view table);

 private:
  struct Open {
    SourceTable table;
    bool is_copying = false;
    std::optional<bool> may_have_copies;  // Not known before it is needed.
  };

  // The present table of that name, or null.
  Result<Open*> Find(std::string_view name);
  // The same where it has to be there.
  Result<Open*> Known(std::string_view name);
  Result<bool> MayHaveCopies(Open& open);
  // `select` gives the next keys after ?2.
  Status RemoveRows(const SourceTable& table, const char* select);

  sqlite::Connection& db_;
  RowLog& log_;
  RowCopies copies_{db_};
  std::unordered_map<std::string, Open> open_;
};

}  // namespace skerry::storage
