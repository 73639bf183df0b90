// What a DownloadStore holds in memory. For download_store.cc and download_publish.cc only.
//
// `book` and `buffer` belong together: positions and sums in the book cover the operations in the buffer. They change
// only after the transaction that wrote them is durable.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/download_store.h"
#include "store/pending_operations.h"
#include "store/progress_tracker.h"
#include "store/published_tables.h"
#include "store/publisher.h"

namespace skerry::store {

struct DownloadStore::State {
  State(sqlite::Connection& connection, Capture& capturing, DownloadOptions chosen)
      : db(connection), capture(capturing), options(chosen), tables(connection) {}

  sqlite::Connection& db;
  Capture& capture;
  DownloadOptions options;
  PublishedTables tables;
  BucketBook book;
  PendingBuffer buffer;
  ProgressTracker progress;
  bool is_streaming = false;
  std::unordered_set<std::string> known;  // Buckets that the service knows we have: of the request or last checkpoint.
  StreamsTracked streams;
  std::unique_ptr<Publisher> publisher;

  Status WriteBuffered(sqlite::WriteTransaction& write) const {
    SKERRY_TRY(buffer.Write(write));
    return book.WriteDirty(write);
  }
  void ForgetBuffered() {
    buffer.Clear();
    book.MarkClean();
  }
  Status DeleteBuckets(sqlite::WriteTransaction& write, std::span<const std::string> names) const;
  void ForgetBuckets(std::span<const std::string> names);
  std::vector<BucketMismatch> Validate(const bucket::Checkpoint& checkpoint, bucket::Priority priority) const;
  std::vector<std::int64_t> StreamsCompleteAt(const bucket::Checkpoint& checkpoint,
                                              std::optional<bucket::Priority> priority) const;
};

}  // namespace skerry::store
