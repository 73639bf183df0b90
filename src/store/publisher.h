// One publish: pending operations into the oplog, changed rows into the app's tables, in one transaction and in slices.
//
// A full publish shows every row as the server has it. A partial one (of a priority) shows new and changed rows of its
// buckets, chosen among these buckets alone (C-124); what it cannot know, it lists for the next full one: rows that
// lost an entry (C-125), and rows of which another bucket holds a newer value.
//
// Memory is bounded by one batch of operations, however many are pending. Dropped before Step() said kDone, it rolls
// back.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "bucket/checkpoint.h"
#include "sqlite/transaction.h"
#include "store/bucket_book.h"
#include "store/capture.h"
#include "store/operation_batch.h"
#include "store/oplog.h"
#include "store/pending_operations.h"
#include "store/publish_outcome.h"
#include "store/published_tables.h"
#include "store/row_filter.h"
#include "store/row_reduction.h"

namespace skerry::store {

// Which buckets take part: all, or those of a checkpoint up to a priority.
struct PublishScope {
  std::optional<bucket::Priority> priority;  // nullopt: a full publish.
  std::unordered_set<std::int64_t> buckets;  // Of a partial one.

  bool is_full() const { return !priority.has_value(); }
  bool Has(std::int64_t bucket) const { return is_full() || buckets.count(bucket) != 0; }
};

struct PublishPlan {
  PublishScope scope;
  bucket::Checkpoint checkpoint;
  std::vector<std::int64_t> synced_streams;  // Rows of ps_stream_subscriptions that are complete with it.
  std::chrono::microseconds now{0};
  std::size_t batch_bytes = 0;  // Operations sorted at once.
};

class Publisher {
 public:
  // `book` is the state to work on, positions already advanced to the checkpoint. `buffer` must not change meanwhile.
  static Result<std::unique_ptr<Publisher>> Open(sqlite::WriteTransaction write, Capture& capture,
                                                 PublishedTables& tables, const PendingBuffer& buffer, BucketBook book,
                                                 PublishPlan plan);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher();

  // Works on about `budget_rows` rows. kDone: committed.
  Result<PublishStep> Step(int budget_rows);

  const PublishScope& scope() const { return plan_.scope; }
  // After kDone: what the buckets are now.
  BucketBook TakeBook() { return std::move(book_); }

 private:
  // In this order.
  enum class Phase : std::uint8_t { kReduce, kScan, kListed, kFinish, kDone };
  // The row that a scan of the oplog is in the middle of.
  struct ScannedRow {
    std::string type;
    std::string id;
    bool is_open = false;
    bool is_wanted = false;      // It has an entry that is to be shown, see IsToBeShown().
    bool is_bare = false;        // The table shows it already.
    std::optional<OpId> winner;  // In scope.
    std::optional<std::string> value;
    OpId newest{};  // Over all buckets.
  };

  Publisher(sqlite::WriteTransaction write, Capture& capture, PublishedTables& tables, const PendingBuffer& buffer,
            BucketBook book, PublishPlan plan, Oplog oplog);

  // Each works until its phase is over (true) or the budget is used up.
  Result<bool> Reduce(int& budget);
  Result<bool> Scan(int& budget);
  Result<bool> WriteListed(int& budget);
  Status Finish();

  Result<bool> LoadSome();
  bool HasPending() const;
  void FinishLoading();
  Status ApplyClears();
  Status ReduceRow(std::span<const BatchedOperation> operations);
  Status ReduceFreshRow(std::span<const BatchedOperation> operations);
  Status FlushFresh();
  Status FlushFreshRows();
  Status StoreEntries(std::string_view type, std::string_view id, bool is_whole);
  Result<bool> ShowRow(std::string_view type, std::string_view id);
  Result<bool> WriteRow(std::string_view type, std::string_view id, std::optional<std::string_view> json);
  Status ShowScannedRow();
  bool IsToBeShown(std::int64_t bucket, OpId op_id);

  // First, so that it rolls back when the statements below are gone.
  sqlite::WriteTransaction write_;
  Capture& capture_;
  PublishedTables& tables_;
  const PendingBuffer& buffer_;
  BucketBook book_;
  PublishPlan plan_;
  Phase phase_ = Phase::kReduce;

  PendingReader pending_;
  bool table_is_read_ = false;  // ps_pending is exhausted, the buffer is next.
  std::size_t next_in_buffer_ = 0;
  OperationBatch batch_;
  bool is_loading_ = true;  // The batch is being filled; else its rows are taken.
  RowReduction row_;
  std::string filled_;  // The data of an entry that was bare.
  Oplog oplog_;
  bool shows_at_end_ = false;  // A partial publish of several batches, see FinishLoading().
  bool is_first_batch_ = true;
  bool is_only_batch_ = false;  // Each row comes once: nothing to remember.
  bool oplog_was_empty_;        // Then the filter tells which rows may have entries.
  RowFilter filter_;
  // Entries and rows that are new, written together: rows of one type, and where their entry stands, if it is alone.
  std::vector<FreshEntry> fresh_;
  std::vector<FreshRow> fresh_rows_;
  std::vector<std::optional<std::size_t>> entry_of_row_;
  std::string_view fresh_type_;

  bool others_changed_ = false;  // Triggers or foreign keys changed rows beside those that were written.
  std::unordered_set<std::int64_t> republished_;
  sqlite::Statement scan_;
  ScannedRow scanned_;
  sqlite::Statement listed_;
};

}  // namespace skerry::store
