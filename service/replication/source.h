// A source database: first a copy of its tables, then every change, in commit order and whole transactions (service.md,
// sections 3, 4 and 19).
//
// Positions are ordered bytewise. Delivery is at least once: a position counts as done only when Confirm() was called.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "row/table.h"
#include "row/value.h"

namespace skerry::replication {

// Takes what a source delivers. A failure stops the delivery; the source gives the same again later.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  // A table is copied whole: every row follows as Upsert until EndTable. Rows the sink knew and that do not come again
  // are gone. Also for a table that appeared or changed its shape.
  virtual Status BeginTable(const row::Table& table) = 0;
  virtual Status EndTable(const row::Table& table) = 0;
  virtual Status DropTable(std::string_view table) = 0;
  // `key` is the canonical form of the row's primary key; `values` stand in the order of the table's columns.
  virtual Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values) = 0;
  virtual Status Delete(const row::Table& table, std::string_view key) = 0;
  // Everything since the last Commit is a state that the source had at `position`.
  virtual Status Commit(std::string_view position) = 0;
};

// How far a sink has come, as it stored it.
struct Progress {
  std::string position;            // Empty: nothing yet, copy everything.
  std::vector<row::Table> tables;  // As they were delivered.
};

class Source {
 public:
  virtual ~Source() = default;

  // Stable as long as positions go on; another text means another history.
  virtual const std::string& identity() const = 0;
  // Prepares the capture of `tables` and what Poll() continues from. kSource if the history after `from.position` is
  // lost: begin again with an empty Progress and a new deployment.
  virtual Status Start(std::span<const std::string> tables, const Progress& from) = 0;
  // Delivers what is new as one group that ends with Commit, or nothing. True if something was delivered. Cheap when
  // nothing changed, so it can be called every few milliseconds.
  virtual Result<bool> Poll(ChangeSink& sink) = 0;
  // The position of the last committed change, at this moment.
  virtual Result<std::string> Head() = 0;
  // Makes the source deliver a Commit at a position after every earlier one, also if nobody writes.
  virtual Status EmitMarker() = 0;
  // Everything up to `position` is durable; the source may forget it.
  virtual Status Confirm(std::string_view position) = 0;
  // What a person should know: missing tables, tables without primary key. Empty when all is well.
  virtual const std::vector<std::string>& problems() const = 0;
};

}  // namespace skerry::replication
