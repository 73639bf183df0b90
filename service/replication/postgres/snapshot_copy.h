// Copies tables as they were at one place in the log: a replication slot is created, and the snapshot that comes with
// it is read. What commits later comes by the slot, or by any other stream that is past that place.
//
// One connection and one transaction, read-only. A temporary slot goes with the connection. A table is locked (against
// TRUNCATE, ALTER and DROP) only while it is read itself.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "replication/postgres/connection.h"
#include "replication/postgres/live_table.h"
#include "replication/postgres/row_applier.h"
#include "replication/source.h"

namespace skerry::replication::pg {

class SnapshotCopy {
 public:
  enum class SlotLife { kTemporary, kPermanent };
  // Asks for the slot. Postgres makes it when every transaction that was open has ended.
  static Result<std::unique_ptr<SnapshotCopy>> Begin(const ConnectionKeywords& keywords, const std::string& slot,
                                                     SlotLife life);
  // Without a slot, so nothing can follow: a look at the present state. connection() reads inside it at once.
  static Result<std::unique_ptr<SnapshotCopy>> BeginLooking(const ConnectionKeywords& keywords);

  // The place of the snapshot, as soon as there is one. From then on connection() reads inside it.
  Result<std::optional<Lsn>> TakePlace();
  Connection& connection() { return *connection_; }

  // Tells the sink that the table begins, and asks for its rows.
  Status StartTable(const LiveTable& table, ChangeSink& sink);
  enum class Step { kMore, kWait, kTableDone };
  // Delivers some rows of the table. kWait: nothing has come yet, look again when connection() is readable.
  Result<Step> Continue(RowApplier& applier, ChangeSink& sink);
  std::int64_t rows() const { return rows_; }  // Of the present table.
  // Whether the last table's rows are not those of the snapshot: what TRUNCATE or a rewrite puts in a table's place
  // looks empty to older snapshots.
  bool was_replaced() const { return was_replaced_; }

 private:
  Status FinishTable();
  explicit SnapshotCopy(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  std::unique_ptr<Connection> connection_;
  const LiveTable* table_ = nullptr;
  Tuple row_;
  std::int64_t rows_ = 0;
  bool was_replaced_ = false;
};

// Splits one line of COPY's text form. Values with escapes are put into `pool`.
void ReadCopyLine(std::string_view line, Tuple& row, TextPool& pool);

}  // namespace skerry::replication::pg
