// The embedded engine's readers: each has its own connection, and WAL mode keeps it out of the writer's way.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "sqlite/connection.h"
#include "storage/op_hash.h"
#include "storage/schema.h"
#include "storage/storage.h"
#include "storage/write_checkpoints.h"

namespace skerry::storage {
namespace {

class SqliteSnapshot final : public Snapshot {
 public:
  // The transaction begins with the first read, which is that of the checkpoint.
  static Result<std::unique_ptr<Snapshot>> Open(sqlite::Connection& db) {
    SKERRY_TRY(db.Execute("BEGIN"));
    std::unique_ptr<SqliteSnapshot> snapshot(new SqliteSnapshot(db));
    SKERRY_ASSIGN(state, ReadState(db));
    snapshot->checkpoint_ = std::move(state.checkpoint);
    return std::unique_ptr<Snapshot>(std::move(snapshot));
  }
  // COMMIT of a transaction that wrote nothing only lets go.
  ~SqliteSnapshot() override { (void)db_.Execute("COMMIT"); }

  const Checkpoint& checkpoint() const override { return checkpoint_; }

  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override {
    std::vector<std::string> outputs;
    SKERRY_ASSIGN(select, db_.Cached("SELECT outputs FROM index_entries WHERE idx = ?1 AND key = ?2"));
    for (const std::string& key : keys) {
      SKERRY_TRY(select->Bind(std::int64_t{index}, key));
      for (;;) {
        SKERRY_ASSIGN(has_row, select->Step());
        if (!has_row) break;
        if (outputs.size() == limit) {
          select->Reset();
          return Error{.code = ErrorCode::kLimit,
                       .message = "a lookup found more rows than the limit on parameter results allows"};
        }
        outputs.emplace_back(select->Text(0));
      }
      select->Reset();
    }
    return outputs;
  }

  Result<std::vector<BucketTotal>> Totals(std::span<const std::string> buckets) override {
    std::vector<BucketTotal> totals(buckets.size());
    SKERRY_ASSIGN(select, db_.Cached("SELECT checksum, count, last_op FROM buckets WHERE name = ?1"));
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      SKERRY_TRY(select->Bind(buckets[i]));
      SKERRY_ASSIGN(has_row, select->Step());
      if (has_row) {
        totals[i] = {.checksum = bucket::Checksum(static_cast<std::uint32_t>(select->Int64(0))),
                     .count = select->Int64(1),
                     .last_op = OpId{select->Int64(2)}};
      }
      select->Reset();
    }
    return totals;
  }

  Result<std::optional<WriteCheckpoint>> AcknowledgedWrite(std::string_view user_key) override {
    return ReachedWriteCheckpoint(db_, user_key, checkpoint_.position);
  }

  Result<Changes> ChangesSince(const Checkpoint& since) override {
    Changes changes;
    if (since.deployment != checkpoint_.deployment || checkpoint_.serial - since.serial > kRememberedPublications) {
      return Changes{.everything = true};
    }
    SKERRY_ASSIGN(keys, db_.Cached("SELECT DISTINCT idx, key FROM index_changes WHERE serial > ?1 LIMIT 1001"));
    SKERRY_TRY(keys->Bind(since.serial));
    for (;;) {
      SKERRY_ASSIGN(has_row, keys->Step());
      if (!has_row) break;
      if (keys->Int64(0) < 0 || changes.index_keys.size() == kMaxListedChanges) {
        keys->Reset();
        return Changes{.everything = true};
      }
      changes.index_keys.emplace_back(static_cast<std::uint32_t>(keys->Int64(0)), keys->Text(1));
    }
    keys->Reset();
    SKERRY_ASSIGN(buckets, db_.Cached("SELECT name FROM buckets WHERE last_op > ?1 LIMIT 1001"));
    SKERRY_TRY(buckets->Bind(since.op));
    for (;;) {
      SKERRY_ASSIGN(has_row, buckets->Step());
      if (!has_row) break;
      if (changes.buckets.size() == kMaxListedChanges) {
        buckets->Reset();
        return Changes{.everything = true};
      }
      changes.buckets.emplace_back(buckets->Text(0));
    }
    buckets->Reset();
    return changes;
  }

 private:
  explicit SqliteSnapshot(sqlite::Connection& db) : db_(db) {}

  sqlite::Connection& db_;
  Checkpoint checkpoint_;
};

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(std::unique_ptr<sqlite::Connection> db) : db_(std::move(db)) {}

  Result<std::unique_ptr<Snapshot>> Open() override {
    SKERRY_CHECK(!db_->InTransaction(), "a reader has one snapshot at a time");
    return SqliteSnapshot::Open(*db_);
  }

  Result<Chunk> Scan(std::string_view bucket, OpId after, OpId upto, const ScanLimit& limit) override {
    Chunk chunk{.next_after = after};
    SKERRY_ASSIGN(select,
                  db_->Cached("SELECT op, kind, source_table, row_uuid, object_type, object_id, checksum, data, target "
                              "FROM ops WHERE bucket = (SELECT number FROM buckets WHERE name = ?1) AND op > ?2 "
                              "ORDER BY op"));
    SKERRY_TRY(select->Bind(bucket, after));
    std::vector<Texts> texts;
    for (;;) {
      SKERRY_ASSIGN(has_row, select->Step());
      if (!has_row) break;
      if (select->Int64(0) > Raw(upto)) {
        // A CLEAR stands for everything before it: the range was taken into one that ends above the bound.
        if (KindOf(*select) == bucket::OpKind::kClear) chunk.target = OpId{select->Int64(0)};
        break;
      }
      if (chunk.operations.size() >= limit.operations || chunk.bytes >= limit.bytes) {
        chunk.has_more = true;
        break;
      }
      chunk.target = std::max(chunk.target, OpId{select->Int64(8)});
      SKERRY_ASSIGN(read, ReadOperation(*select, chunk));
      texts.push_back(read);
    }
    select->Reset();
    // The memory has its final place only now.
    for (std::size_t i = 0; i < texts.size(); ++i) Point(chunk, texts[i], chunk.operations[i]);
    if (!chunk.operations.empty()) chunk.next_after = chunk.operations.back().id;
    return chunk;
  }

 private:
  // Where an operation's texts stand in the chunk's memory: one after the other.
  struct Texts {
    std::size_t begin = 0, type = 0, id = 0, subkey = 0, data = 0;  // Sizes, but for `begin`.
    bool has_row = false;                                           // Else a MOVE or CLEAR, which has no texts.
    bool has_data = false;
  };

  static bucket::OpKind KindOf(const sqlite::Statement& row) { return static_cast<bucket::OpKind>(row.Int64(1)); }

  Result<Texts> ReadOperation(sqlite::Statement& row, Chunk& chunk) {
    Texts texts{.begin = chunk.memory.size()};
    const auto append = [&](std::string_view text) {
      chunk.memory.insert(chunk.memory.end(), text.begin(), text.end());
      return text.size();
    };
    chunk.operations.push_back({.id = OpId{row.Int64(0)},
                                .kind = KindOf(row),
                                .checksum = bucket::Checksum(static_cast<std::uint32_t>(row.Int64(6)))});
    texts.has_row = row.Int64(2) != 0;
    if (!texts.has_row) return texts;
    SKERRY_ASSIGN(table, TableId(row.Int64(2)));
    texts.type = append(row.Text(4));
    texts.id = append(row.Text(5));
    const std::span<const std::uint8_t> uuid = row.Bytes(3);
    subkey_.clear();
    AppendSubkey(subkey_, *table, {reinterpret_cast<const char*>(uuid.data()), uuid.size()});
    texts.subkey = append(subkey_);
    texts.has_data = !row.IsNull(7);
    if (texts.has_data) texts.data = append(row.Text(7));
    chunk.bytes += texts.type + texts.id + texts.data;
    return texts;
  }

  static void Point(const Chunk& chunk, const Texts& texts, bucket::Operation& operation) {
    if (!texts.has_row) return;
    const char* at = chunk.memory.data() + texts.begin;
    const auto take = [&](std::size_t size) {
      const std::string_view text(at, size);
      at += size;
      return text;
    };
    operation.object_type = take(texts.type);
    operation.object_id = take(texts.id);
    operation.subkey = take(texts.subkey);
    if (texts.has_data) operation.data = take(texts.data);
  }

  // A number is given once, so what was read stays true.
  Result<const std::string*> TableId(std::int64_t number) {
    if (const auto known = table_ids_.find(number); known != table_ids_.end()) return &known->second;
    SKERRY_ASSIGN(select, db_->Cached("SELECT id FROM tables WHERE number = ?1"));
    SKERRY_TRY(select->Bind(number));
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) {
      return Error{.code = ErrorCode::kStorageCorrupt,
                   .message = "an operation names a source table that is not stored"};
    }
    const auto [at, is_new] = table_ids_.emplace(number, select->Text(0));
    select->Reset();
    return &at->second;
  }

  std::unique_ptr<sqlite::Connection> db_;
  std::unordered_map<std::int64_t, std::string> table_ids_;
  std::string subkey_;
};

}  // namespace

Result<std::unique_ptr<Reader>> OpenSqliteReader(const std::string& path) {
  SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = path, .read_only = true}));
  SKERRY_TRY(db->Execute("PRAGMA busy_timeout = 5000"));
  SKERRY_ASSIGN(version, db->QueryInt("PRAGMA user_version"));
  if (version != kSchemaVersion) {
    return Error{.code = ErrorCode::kStorageUnavailable,
                 .message = path + " is not a bucket storage; the writer makes it"};
  }
  return std::unique_ptr<Reader>(std::make_unique<SqliteReader>(std::move(db)));
}

}  // namespace skerry::storage
