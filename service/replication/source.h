// A source database: first a copy of its tables, then every change, in commit order and whole transactions (service.md,
// sections 3, 4 and 19).
//
// Positions are ordered bytewise. Delivery is at least once: a position counts as done only when Confirm() was called.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "row/table.h"
#include "row/value.h"

namespace skerry::replication {

// Takes what a source delivers. A failure stops the delivery; the source gives the same again later. Tables are named
// by row::Table::QualifiedName().
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  // What follows is all there is: what the sink holds belongs to another history and goes with the next Commit, not
  // before. `identity` stays the same as long as positions go on.
  virtual Status BeginHistory(std::string_view identity) = 0;
  // A table is copied whole: every row follows as Upsert until EndTable. Rows the sink knew and that do not come again
  // are gone. Also for a table that appeared, changed its shape or was emptied.
  virtual Status BeginTable(const row::Table& table) = 0;
  virtual Status EndTable(const row::Table& table) = 0;
  virtual Status DropTable(std::string_view table) = 0;
  // `key` is the canonical form of the row's primary key; `values` stand in the order of the table's columns. A later
  // change may leave out the values of the columns `keep`, so the sink keeps them for Restore().
  virtual Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values,
                        std::span<const int> keep) = 0;
  virtual Status Delete(const row::Table& table, std::string_view key) = 0;
  // Gives the row's kept values of the columns `missing` back, valid until it is called again. False if one was not
  // kept.
  virtual Result<bool> Restore(const row::Table& table, std::string_view key, std::span<const int> missing,
                               std::span<row::Value> values) = 0;
  // A transaction of the source that changed rows ends here; what is between two of them was copied. For counting: a
  // source that does not know its transactions tells each group as one.
  virtual void EndTransaction() {}
  // Everything since the last Commit is a state that the source had at `position`.
  virtual Status Commit(std::string_view position) = 0;
};

// How far a sink has come, as it stored it.
struct Progress {
  std::string identity;            // Of the history. Empty: nothing yet.
  std::string position;            // Empty: nothing that can be continued.
  std::vector<row::Table> tables;  // As they were delivered.
};

// A few words of the source that outlive a crash. Not to be used inside a group of changes.
class Notebook {
 public:
  virtual ~Notebook() = default;
  virtual Result<std::string> Read() = 0;
  virtual Status Write(std::string_view text) = 0;  // Durable on return.
};

enum class Polled : std::uint8_t {
  kNothing,
  kUnfinished,  // The group goes on with the next Poll(); nothing else may be written meanwhile.
  kCommitted,   // The group ended with Commit.
};

// When to call Poll() again: as soon as `readable` has something to read, and at the latest after `longest`.
struct Wait {
  int readable = -1;  // A file descriptor, or -1.
  std::chrono::milliseconds longest{0};
};

// How values of richer types become text (sync-streams.md, sections 2 and 10).
struct ValueForms {
  bool iso_timestamps = true;  // With a T and always the same number of digits. Else as the database prints them.
  int second_digits = 6;       // Of a fraction, with iso_timestamps.
  bool custom_types = true;    // Domains as what they are made of, composites and ranges as JSON. Else as text.
};

class Source {
 public:
  virtual ~Source() = default;

  // Before Start(). A source whose values have one form only takes no notice.
  virtual void SetValueForms(const ValueForms&) {}

  // What to replicate and from where. If the history after `from.position` is lost, or is not `from.identity`, the next
  // Poll() begins a new one. `notes` has to outlive the source.
  virtual Status Start(std::span<const std::string> tables, const Progress& from, Notebook& notes) = 0;
  // Delivers what is new, a little at a time. After an error nothing of the group counts, and it comes again.
  virtual Result<Polled> Poll(ChangeSink& sink) = 0;
  virtual Wait NextPoll() const = 0;
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
