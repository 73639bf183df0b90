// The messages of the change stream, one transaction after the other, applied to the tables that are live.
#pragma once

#include <string_view>

#include "base/result.h"
#include "replication/postgres/pgoutput.h"
#include "replication/postgres/replicated_tables.h"
#include "replication/postgres/row_applier.h"

namespace skerry::replication::pg {

// Borrows both.
class TransactionFeed {
 public:
  TransactionFeed(ReplicatedTables& tables, RowApplier& applier) : tables_(tables), applier_(applier) {}

  // The stream begins again at `position`, between two transactions.
  void Reset(Lsn position);

  // Applies one message. False: it changes a table that waits for its copy, and Pause(true) was said; nothing was done,
  // and the message has to come again.
  Result<bool> Apply(std::string_view bytes, ChangeSink& sink);

  // A copy is about to be made as of a place that is not known yet. Changes of tables that wait for it are passed over
  // and may be missing in it, or stop the feed.
  void ExpectCopy() { passed_over_ = Lsn{0}; }
  void Pause(bool pauses) { pauses_ = pauses; }
  // A copy as of `place` has everything that was passed over since ExpectCopy().
  bool IsCovered(Lsn place) const { return passed_over_ < place; }

  bool is_in_transaction() const { return is_in_transaction_; }
  // The end of the last whole transaction, or a later place that the stream has passed between two.
  Lsn position() const { return position_; }
  void PassIdly(Lsn end);
  // Row changes since Reset().
  std::int64_t changes() const { return changes_; }
  // A table appeared or is not what it was; true once.
  bool TakeWantsCatalog() { return std::exchange(wants_catalog_, false); }

 private:
  Result<bool> Handle(const Message& message, ChangeSink& sink);
  // A change of a table that is not live.
  bool PassOver(Oid relation);
  Result<bool> Truncate(const std::vector<Oid>& relations, ChangeSink& sink);

  ReplicatedTables& tables_;
  RowApplier& applier_;
  MessageDecoder decoder_;
  Lsn commit_{};  // Of the transaction at hand.
  Lsn position_{};
  bool is_in_transaction_ = false;
  bool wants_catalog_ = false;
  bool pauses_ = false;
  Lsn passed_over_{};  // Where the last transaction committed of which something was passed over.
  std::int64_t changes_ = 0;
  std::int64_t changes_at_begin_ = 0;
};

}  // namespace skerry::replication::pg
