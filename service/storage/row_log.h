// Turns "this source row now stands as ..." into operations, index entries and the row's new record, all in the open
// transaction (service.md, section 5.1).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/bucket_totals.h"
#include "storage/op_hash.h"
#include "storage/record.h"
#include "storage/storage.h"

namespace skerry::storage {

struct SourceTable {
  std::int64_t number = 0;
  std::string id;
};

class RowLog {
 public:
  RowLog(sqlite::Connection& db, BucketTotals& totals) : db_(db), totals_(totals) {}

  // `last_op` is the last id given out; the log counts on from it.
  void Begin(std::int64_t last_op) {
    last_op_ = last_op;
    changed_keys_.clear();
  }
  Status SetRow(const SourceTable& table, std::string_view key, const RowState& state);

  // Appends the PUT `op` of `bucket`, which stands, once more: nothing changes, but its old place is free.
  Status Repeat(std::int64_t bucket, std::int64_t op, bucket::Checksum checksum);

  std::int64_t last_op() const { return last_op_; }
  // At most kMaxListedChanges + 1.
  const std::set<std::pair<std::uint32_t, std::string>>& changed_keys() const { return changed_keys_; }

 private:
  Status WriteMemberships(const SourceTable& table, std::string_view key, const RowState& state, const Record& before,
                          const Record& after);
  Status WriteEntries(const SourceTable& table, std::string_view key, const Record& before, const Record& after);
  Status Append(std::int64_t bucket, int kind, const SourceTable& table, std::string_view row_uuid,
                std::string_view type, std::string_view id, bucket::Checksum checksum,
                std::optional<std::string_view> data, int rows);
  void NoteKey(std::uint32_t index, std::string_view key);

  sqlite::Connection& db_;
  BucketTotals& totals_;
  Hasher hasher_;
  std::int64_t last_op_ = 0;
  std::set<std::pair<std::uint32_t, std::string>> changed_keys_;
  // Reused from row to row.
  std::vector<Digest> digests_;
  Record after_;
  std::string before_text_;
  std::string after_text_;
  std::string subkey_;
};

}  // namespace skerry::storage
