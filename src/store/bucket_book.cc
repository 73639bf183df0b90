#include "store/bucket_book.h"

#include <algorithm>

namespace skerry::store {

Result<BucketBook> BucketBook::Load(sqlite::Connection& db) {
  SKERRY_ASSIGN(
      rows,
      db.Cached("SELECT id, name, last_op, last_applied_op, add_checksum, op_checksum, count_at_last, "
                "count_since_last, downloaded_size, op_count FROM ps_buckets WHERE pending_delete = 0 ORDER BY id"));
  BucketBook book;
  for (;;) {
    SKERRY_ASSIGN(more, rows->Step());
    if (!more) break;
    BucketRow row;
    row.id = rows->Int64(0);
    row.name = rows->Text(1);
    row.last_op = OpId{rows->Int64(2)};
    row.last_applied_op = OpId{rows->Int64(3)};
    row.published = bucket::Checksum(static_cast<std::uint32_t>(rows->Int64(5)));
    row.total = bucket::Checksum(static_cast<std::uint32_t>(rows->Int64(4))) + row.published;
    row.count_at_last = rows->Int64(6);
    row.count_since_last = rows->Int64(7);
    row.downloaded_bytes = rows->Int64(8);
    row.op_count = rows->Int64(9);
    book.ids_.emplace(row.name, row.id);
    book.next_id_ = row.id + 1;
    book.rows_.push_back(std::move(row));
  }
  rows->Reset();
  return book;
}

BucketRow* BucketBook::FindById(std::int64_t id) {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), id,
                                   [](const BucketRow& row, std::int64_t wanted) { return row.id < wanted; });
  return at != rows_.end() && at->id == id ? &*at : nullptr;
}

BucketRow* BucketBook::Find(std::string_view name) {
  const auto id = ids_.find(std::string(name));
  return id == ids_.end() ? nullptr : FindById(id->second);
}

const BucketRow* BucketBook::Find(std::string_view name) const { return const_cast<BucketBook*>(this)->Find(name); }

BucketRow& BucketBook::FindOrCreate(std::string_view name) {
  if (BucketRow* row = Find(name)) return *row;
  BucketRow& row = rows_.emplace_back();
  row.id = next_id_++;
  row.name = name;
  row.is_dirty = true;
  ids_.emplace(row.name, row.id);
  return row;
}

void BucketBook::Remove(std::string_view name) {
  const auto id = ids_.find(std::string(name));
  if (id == ids_.end()) return;
  rows_.erase(rows_.begin() + (FindById(id->second) - rows_.data()));
  ids_.erase(id);
}

Status BucketBook::Write(sqlite::WriteTransaction& write, const BucketRow& row) {
  SKERRY_ASSIGN(
      upsert,
      write.db().Cached(
          "INSERT INTO ps_buckets(id, name, last_op, last_applied_op, add_checksum, op_checksum, count_at_last, "
          "count_since_last, downloaded_size, op_count) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
          "ON CONFLICT(id) DO UPDATE SET last_op = excluded.last_op, last_applied_op = excluded.last_applied_op, "
          "add_checksum = excluded.add_checksum, op_checksum = excluded.op_checksum, "
          "count_at_last = excluded.count_at_last, count_since_last = excluded.count_since_last, "
          "downloaded_size = excluded.downloaded_size, op_count = excluded.op_count"));
  return upsert->Run(row.id, row.name, row.last_op, row.last_applied_op, row.add().value(), row.published.value(),
                     row.count_at_last, row.count_since_last, row.downloaded_bytes, row.op_count);
}

Status BucketBook::WriteDirty(sqlite::WriteTransaction& write) const {
  for (const BucketRow& row : rows_) {
    if (row.is_dirty) SKERRY_TRY(Write(write, row));
  }
  return kDone;
}

void BucketBook::MarkClean() {
  for (BucketRow& row : rows_) row.is_dirty = false;
}

}  // namespace skerry::store
