// Bucket storage: the op log, the parameter index, what each source row stands in, and the checkpoints that clients may
// see (service.md, sections 5 to 7 and 23).
//
// One Writer and any number of Readers, each on a thread of its own. A reader sees published checkpoints only, whole; a
// killed process leaves the last published one. Op ids rise strictly and are never used again, also over deployments.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "bucket/checkpoint.h"
#include "bucket/operation.h"

namespace skerry::storage {

struct Checkpoint {
  std::int64_t deployment = 0;  // 0: nothing was ever published.
  std::int64_t serial = 0;      // Rises with every publication, also of a position alone.
  OpId op{};
  std::string position;  // Of the source; ordered bytewise.
};

// What changed in one or more publications. Never too little; `everything` when it would be too much to list.
struct Changes {
  bool everything = false;
  std::vector<std::string> buckets;
  std::vector<std::pair<std::uint32_t, std::string>> index_keys;
};
inline constexpr std::size_t kMaxListedChanges = 1000;

struct BucketTotal {
  bucket::Checksum checksum;
  std::int64_t count = 0;
  OpId last_op{};  // 0: nothing was ever written to this bucket.
};

// Operations of one bucket, in order. They borrow from the chunk.
struct Chunk {
  std::vector<bucket::Operation> operations;
  bool has_more = false;
  OpId next_after{};  // The last operation's id, or where the scan began if there was none.
  // Above the scan's bound: compaction took operations out of the range in favour of one up to here. What was scanned
  // then adds up only for a checkpoint at or above it, and such a one is published.
  OpId target{};
  std::size_t bytes = 0;  // Of row data and names.
  std::vector<char> memory;
};
struct ScanLimit {
  std::size_t operations = 1000;
  std::size_t bytes = 1 << 20;  // Passed by at most one row.
};

// Reads at one checkpoint. Short-lived: evaluate a request, take its totals, let go.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual const Checkpoint& checkpoint() const = 0;
  // The outputs of every row that stands under one of `keys`. kLimit beyond `limit` rows.
  virtual Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                                  std::size_t limit) = 0;
  // Parallel to `buckets`. Costs one look-up per bucket whatever its size.
  virtual Result<std::vector<BucketTotal>> Totals(std::span<const std::string> buckets) = 0;
  // The latest write checkpoint of `user_key`, if it is reached; nullopt is "no news".
  virtual Result<std::optional<WriteCheckpoint>> AcknowledgedWrite(std::string_view user_key) = 0;
  // What was published after `since`, up to this snapshot.
  virtual Result<Changes> ChangesSince(const Checkpoint& since) = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // At most one snapshot of a reader lives at a time.
  virtual Result<std::unique_ptr<Snapshot>> Open() = 0;
  // Operations of `bucket` with `after` < op id <= `upto`. Valid within a deployment at any time after the checkpoint
  // of `upto` was published; also while a snapshot is open, as long as its checkpoint has `upto`.
  virtual Result<Chunk> Scan(std::string_view bucket, OpId after, OpId upto, const ScanLimit& limit) = 0;
};

// What a source row is from now on: storage compares with what it was and writes the difference.
struct RowState {
  struct Membership {
    std::string_view bucket, table, id, data;
  };
  struct IndexEntry {
    std::uint32_t index;
    std::string_view key, outputs;
  };
  std::vector<Membership> memberships;
  std::vector<IndexEntry> entries;
  // For Writer::ReadCopy(): what the source may leave out of a later change of this row. Null: nothing.
  std::optional<std::string_view> copy;
};

// A source table as storage remembers it over restarts. `shape` is opaque to storage.
struct TableRecord {
  std::string name;
  std::string id;  // UUID, the first half of subkeys.
  std::string shape;
};

// Whose data this is. A change of `plan` or `source` starts a new deployment.
struct Deployment {
  std::int64_t number = 0;
  std::string plan;    // Fingerprint of the compiled config.
  std::string source;  // Identity of the source database.
};

// What write checkpoints are counted by: "<sub>/<client id>", or "<sub>" without a client id.
inline std::string UserKey(std::string_view user_id, std::string_view client_id) {
  std::string key(user_id);
  if (!client_id.empty()) key.append("/").append(client_id);
  return key;
}

struct WriteCheckpointRequest {
  std::string user_key;
  std::optional<WriteCheckpoint> supplied;  // nullopt: the service counts.
};

struct Published {
  Checkpoint checkpoint;
  Changes changes;
  // Whose custom write checkpoints it acknowledges; with Changes::everything anybody's.
  std::vector<std::string> acknowledged;
};

// Who numbers the write checkpoints of a deployment.
enum class WriteCheckpointMode : std::uint8_t {
  kManaged,  // The service counts, or the client: StoreWriteCheckpoints.
  kCustom,   // The application, in rows of its own: RaiseWriteCheckpoint. What was counted is never reached.
};

enum class CompactionScope : std::uint8_t {
  kCrowded,     // Buckets with more than twice as many operations as rows, and at least 1000 new ones.
  kChanged,     // Buckets to which somewhat was added since the last time: once a day.
  kEverything,  // All that can be made shorter; the file too.
};
struct CompactionCounters {
  std::int64_t buckets = 0;
  std::int64_t moved = 0;    // Operations that gave up their data.
  std::int64_t cleared = 0;  // Operations that became part of a CLEAR.
  std::int64_t pages_freed = 0;
};

// What a deployment leaves to the one that takes its place.
struct Estate {
  struct Request {
    std::string user_key;
    WriteCheckpoint id{};
    std::string position;
    bool is_supplied = false;
    std::int64_t requested_at = 0;
  };
  std::vector<Request> requests;
  std::string source_note;
};

// The only one that writes. Between Begin() and Publish() nothing is visible and nothing is durable; memory stays
// bounded however large the batch, because SQLite spills to its log.
class Writer {
 public:
  virtual ~Writer() = default;

  virtual const Deployment& deployment() const = 0;
  // The last published checkpoint of the present deployment.
  virtual const Checkpoint& checkpoint() const = 0;

  virtual Status Begin() = 0;
  // In a batch: empties buckets, index and records and takes the next deployment number. Becomes real with Publish().
  virtual Status StartDeployment(std::string_view plan, std::string_view source,
                                 WriteCheckpointMode mode = WriteCheckpointMode::kManaged) = 0;

  virtual Result<std::vector<TableRecord>> Tables() = 0;
  virtual Status PutTable(const TableRecord& table) = 0;
  // In a batch: the source row `key` of `table` (its TableRecord::name) now stands as `state`; an empty one removes it.
  // Rows equal to what is stored write nothing (W03).
  virtual Status SetRow(std::string_view table, std::string_view key, const RowState& state) = 0;
  // In a batch: between the two calls every SetRow on `table` marks its row as seen; at the end, rows that were not are
  // removed. This is how a table is copied again.
  virtual Status BeginCopy(std::string_view table) = 0;
  virtual Status EndCopy(std::string_view table) = 0;
  // In a batch: the table is gone, with all its rows.
  virtual Status DropTable(std::string_view table) = 0;
  // In a batch: RowState::copy of the last SetRow on this row; false if it had none.
  virtual Result<bool> ReadCopy(std::string_view table, std::string_view key, std::string& copy) = 0;

  // In a batch of a deployment with custom write checkpoints: `id` is acknowledged to `user_key` with this batch,
  // unless it is below what was.
  virtual Status RaiseWriteCheckpoint(std::string_view user_key, WriteCheckpoint id) = 0;

  // Makes the batch durable and visible as one checkpoint at `position`, which is never below the last one.
  virtual Result<Published> Publish(std::string_view position) = 0;
  virtual void Rollback() = 0;

  // Outside a batch, durable on return: maps requests to `head`, the source's position read after the requests arrived.
  // Gives the id now stored for each.
  virtual Result<std::vector<WriteCheckpoint>> StoreWriteCheckpoints(std::span<const WriteCheckpointRequest> requests,
                                                                     std::string_view head, TimePoint now) = 0;
  // Forgets client-numbered requests made before `before`.
  virtual Status ExpireWriteCheckpoints(std::chrono::microseconds before) = 0;

  // Outside a batch: what is published outlives a power cut from here on. Costs a flush of the disk.
  virtual Status Flush() = 0;
  // Outside a batch, durable on return: a text that the source keeps beside its data, empty at first.
  virtual Result<std::string> SourceNote() = 0;
  virtual Status SetSourceNote(std::string_view note) = 0;

  // Outside a batch: the text of the config whose compiled form is `plan` (Deployment::plan), so that its deployment
  // can be served after the next start, while that of another config is made. Those of the last published deployment
  // and the last one kept are remembered; empty if it is not known.
  virtual Status KeepConfig(std::string_view plan, std::string_view text) = 0;
  virtual Result<std::string> ConfigOf(std::string_view plan) = 0;

  // A writer with a file of its own, for a deployment that is made while this one goes on: its numbers are above this
  // one's. What is there of an earlier attempt is continued. It holds the storage's lock, too, and may live longer.
  virtual Result<std::unique_ptr<Writer>> OpenSuccessor() = 0;
  // Nobody will continue what an earlier attempt left; the source's note of it joins this one's.
  virtual Status DiscardSuccessor() = 0;
  // What a successor needs to take over. Nothing may be stored here afterwards.
  virtual Result<Estate> Bequeath() = 0;
  // Of a successor, outside a batch, durable on return: from now on it is the storage, also after a restart.
  virtual Status TakeOver(const Estate& estate, WriteCheckpointMode mode) = 0;

  // Outside a batch: chooses what to compact; CompactSlice() then does a few milliseconds' worth of it per call,
  // between batches, until it gives false. Sessions that read meanwhile see it by Chunk::target.
  virtual Status StartCompaction(CompactionScope scope) = 0;
  virtual Result<bool> CompactSlice() = 0;
  // Outside a batch, after a compaction of everything: appends rows once more where that lets the next one remove
  // more operations than they are, and publishes them at the present position. Clients are sent these rows again. Gives
  // how many there are.
  virtual Result<std::int64_t> Defragment() = 0;
  // Since this writer was opened.
  virtual const CompactionCounters& compaction() const = 0;
};

// The embedded engine: one SQLite file in WAL mode. kStorageBusy if another writer has it open.
Result<std::unique_ptr<Writer>> OpenSqliteWriter(const std::string& path);
// The file must have been made by a writer before.
Result<std::unique_ptr<Reader>> OpenSqliteReader(const std::string& path);

}  // namespace skerry::storage
