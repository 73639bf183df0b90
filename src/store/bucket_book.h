// What the store knows of each bucket: the rows of ps_buckets in memory, with the changes not yet written.
//
// A book is a value: a publish works on a copy and replaces the original when its transaction is durable, so a failure
// leaves memory and database as they were.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "bucket/checksum.h"
#include "bucket/operation.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace skerry::store {

struct BucketRow {
  std::int64_t id = 0;  // ps_buckets.id; given out here, the row may not exist yet.
  std::string name;
  OpId last_op{};
  OpId last_applied_op{};
  bucket::Checksum total;      // Of every operation since the bucket began or its last CLEAR.
  bucket::Checksum published;  // Of those in ps_oplog: op_checksum. The rest is add_checksum.
  std::int64_t op_count = 0;   // Rows in ps_oplog.
  std::int64_t count_at_last = 0;
  std::int64_t count_since_last = 0;
  std::int64_t downloaded_bytes = 0;
  bool is_dirty = false;  // Differs from its row.

  bucket::Checksum add() const { return total - published; }
  // Its oplog rows are to be published as if they were new (C-203).
  bool IsToBeRepublished() const { return Raw(last_applied_op) == 0 && op_count > 0; }
};

class BucketBook {
 public:
  static Result<BucketBook> Load(sqlite::Connection& db);

  BucketRow* Find(std::string_view name);
  const BucketRow* Find(std::string_view name) const;
  BucketRow* FindById(std::int64_t id);
  BucketRow& FindOrCreate(std::string_view name);
  void Remove(std::string_view name);

  // In order of creation.
  const std::vector<BucketRow>& rows() const { return rows_; }
  std::vector<BucketRow>& rows() { return rows_; }

  // Writes one row, new or changed, and counts it as clean.
  static Status Write(sqlite::WriteTransaction& write, const BucketRow& row);
  // Writes every dirty row. They stay dirty until MarkClean(), since the transaction may still fail.
  Status WriteDirty(sqlite::WriteTransaction& write) const;
  void MarkClean();

 private:
  std::vector<BucketRow> rows_;  // By id.
  std::unordered_map<std::string, std::int64_t> ids_;
  std::int64_t next_id_ = 1;
};

}  // namespace skerry::store
