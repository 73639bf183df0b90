#include "store/oplog.h"

#include "store/bare_entries.h"

namespace skerry::store {

namespace {

std::string JsonArray(std::span<const std::int64_t> numbers) {
  std::string json = "[";
  for (const std::int64_t number : numbers) {
    if (json.size() > 1) json.push_back(',');
    json.append(std::to_string(number));
  }
  return json.append("]");
}

class FreshEntries final : public sqlite::RowSource {
 public:
  explicit FreshEntries(std::span<const FreshEntry> entries) : entries_(entries) {}

  Result<bool> Next() override {
    if (next_ == entries_.size()) return false;
    entry_ = &entries_[next_++];
    return true;
  }
  sqlite::Cell At(int column) const override {
    switch (column) {
      case 0:
        return sqlite::Cell::Text(entry_->type);
      case 1:
        return sqlite::Cell::Text(entry_->id);
      case 2:
        return sqlite::Cell::Integer(entry_->bucket);
      case 3:
        return sqlite::Cell::Text(entry_->subkey);
      case 4:
        return sqlite::Cell::Integer(Raw(entry_->op_id));
      case 5:
        return sqlite::Cell::Integer(entry_->checksum.value());
      default:
        return entry_->data ? sqlite::Cell::Text(*entry_->data) : sqlite::Cell();
    }
  }

 private:
  std::span<const FreshEntry> entries_;
  std::size_t next_ = 0;
  const FreshEntry* entry_ = nullptr;
};

}  // namespace

Result<Oplog> Oplog::Open(sqlite::Connection& db, sqlite::RowFeeds& feeds) {
  Oplog oplog;
  SKERRY_ASSIGN(read,
                db.Prepare("SELECT bucket, subkey, op_id, hash, data FROM ps_oplog WHERE type = ?1 AND row_id = ?2"));
  SKERRY_ASSIGN(put, db.Prepare("INSERT INTO ps_oplog(type, row_id, bucket, subkey, op_id, hash, data) "
                                "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET op_id = excluded.op_id, "
                                "hash = excluded.hash, data = excluded.data"));
  SKERRY_ASSIGN(remove,
                db.Prepare("DELETE FROM ps_oplog WHERE type = ?1 AND row_id = ?2 AND bucket = ?3 AND subkey = ?4"));
  SKERRY_ASSIGN(list,
                db.Prepare("INSERT INTO ps_updated_rows(row_type, row_id) VALUES(?1, ?2) ON CONFLICT DO NOTHING"));
  SKERRY_ASSIGN(feed, feeds.For(7));
  SKERRY_ASSIGN(insert, db.Prepare("INSERT OR FAIL INTO ps_oplog(type, row_id, bucket, subkey, op_id, hash, data) "
                                   "SELECT c0, c1, c2, c3, c4, c5, c6 FROM " +
                                   feed->name()));
  oplog.read_ = std::move(read);
  oplog.feed_ = feed;
  oplog.insert_fresh_ = std::move(insert);
  oplog.put_ = std::move(put);
  oplog.remove_ = std::move(remove);
  oplog.list_ = std::move(list);
  return oplog;
}

Result<std::span<const OplogEntry>> Oplog::Read(std::string_view type, std::string_view id) {
  std::size_t count = 0;
  SKERRY_TRY(read_.Bind(type, id));
  for (;;) {
    auto row = read_.Step();
    if (!row.ok() || !*row) {
      read_.Reset();
      if (!row.ok()) return std::move(row).error();
      return std::span<const OplogEntry>(entries_.data(), count);
    }
    if (count == entries_.size()) entries_.emplace_back();
    OplogEntry& entry = entries_[count++];
    entry.bucket = read_.Int64(0);
    entry.subkey.assign(read_.Text(1));
    entry.op_id = OpId{read_.Int64(2)};
    entry.checksum = bucket::Checksum(static_cast<std::uint32_t>(read_.Int64(3)));
    entry.has_data = !read_.IsNull(4);
    entry.data.assign(entry.has_data ? read_.Text(4) : std::string_view());
    entry.is_bare = entry.has_data && entry.data == kBareData;
  }
}

Status Oplog::Put(std::string_view type, std::string_view id, std::int64_t bucket, std::string_view subkey, OpId op_id,
                  bucket::Checksum checksum, std::optional<std::string_view> data) {
  return put_.Run(type, id, bucket, subkey, op_id, checksum.value(), data);
}

Status Oplog::Remove(std::string_view type, std::string_view id, std::int64_t bucket, std::string_view subkey) {
  return remove_.Run(type, id, bucket, subkey);
}

Status Oplog::InsertFresh(std::span<const FreshEntry> entries) {
  FreshEntries source(entries);
  return feed_->Run(insert_fresh_, source);
}

Status Oplog::List(std::string_view type, std::string_view id) { return list_.Run(type, id); }

Status ListOplog(sqlite::Connection& db, std::span<const std::int64_t> buckets) {
  if (buckets.empty()) return kDone;
  const std::string ids = JsonArray(buckets);
  SKERRY_ASSIGN(list, db.Cached("INSERT INTO ps_updated_rows(row_type, row_id) SELECT type, row_id FROM ps_oplog "
                                "WHERE bucket IN (SELECT value FROM json_each(?1)) ON CONFLICT DO NOTHING"));
  return list->Run(ids);
}

Status ClearOplog(sqlite::Connection& db, std::span<const std::int64_t> buckets) {
  if (buckets.empty()) return kDone;
  SKERRY_TRY(ListOplog(db, buckets));
  const std::string ids = JsonArray(buckets);
  SKERRY_ASSIGN(remove, db.Cached("DELETE FROM ps_oplog WHERE bucket IN (SELECT value FROM json_each(?1))"));
  return remove->Run(ids);
}

}  // namespace skerry::store
