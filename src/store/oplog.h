// The table ps_oplog: of every bucket the PUTs that are in force, keyed by row. An entry holds the row's JSON, unless
// it is bare (store/bare_entries.h).
//
// Rows enter and leave it only in a publish, a bucket deletion or a clear, in the caller's write transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "bucket/checksum.h"
#include "sqlite/connection.h"
#include "sqlite/row_feed.h"

namespace skerry::store {

// How an absent subkey stands in the table (P-060 counts it as this text).
inline constexpr std::string_view kNoSubkey = "null";

// One PUT in force. Owns its texts.
struct OplogEntry {
  std::int64_t bucket = 0;
  std::string subkey;
  OpId op_id{};
  bucket::Checksum checksum;
  bool has_data = false;
  std::string data;
  bool is_bare = false;
};

// An entry of a row that has none yet. Borrows its texts.
struct FreshEntry {
  std::string_view type;
  std::string_view id;
  std::int64_t bucket = 0;
  std::string_view subkey;
  OpId op_id{};
  bucket::Checksum checksum;
  std::optional<std::string_view> data;
};

class Oplog {
 public:
  static Result<Oplog> Open(sqlite::Connection& db, sqlite::RowFeeds& feeds);

  // Every entry of a row, over all buckets and subkeys. Valid until the next call.
  Result<std::span<const OplogEntry>> Read(std::string_view type, std::string_view id);
  // Inserts, or replaces the entry of the same row, bucket and subkey. `data` as DataToStore() or kBareData.
  Status Put(std::string_view type, std::string_view id, std::int64_t bucket, std::string_view subkey, OpId op_id,
             bucket::Checksum checksum, std::optional<std::string_view> data);
  Status Remove(std::string_view type, std::string_view id, std::int64_t bucket, std::string_view subkey);
  // Inserts entries, in the order of the key, that the table surely has not.
  Status InsertFresh(std::span<const FreshEntry> entries);
  // Lists a row for the next full publish.
  Status List(std::string_view type, std::string_view id);

 private:
  sqlite::Statement read_;
  sqlite::Statement put_;
  sqlite::Statement remove_;
  sqlite::Statement list_;
  sqlite::RowFeed* feed_ = nullptr;
  sqlite::Statement insert_fresh_;
  std::vector<OplogEntry> entries_;  // Kept for their memory.
};

// How the server's data stands in an entry: an empty text, which no row's JSON is, as one that is as malformed.
inline std::optional<std::string_view> DataToStore(std::optional<std::string_view> data) {
  return data && data->empty() ? " " : data;
}

// Drops the buckets' rows, listing each of them for the next full publish. One scan of the table, however many buckets.
Status ClearOplog(sqlite::Connection& db, std::span<const std::int64_t> buckets);
// Lists the buckets' rows.
Status ListOplog(sqlite::Connection& db, std::span<const std::int64_t> buckets);

}  // namespace skerry::store
