#include "storage/defragmenter.h"

#include <functional>
#include <span>
#include <unordered_map>

#include "bucket/operation.h"
#include "storage/record.h"

namespace skerry::storage {
namespace {

constexpr auto kPut = static_cast<std::int64_t>(bucket::OpKind::kPut);
constexpr std::size_t kRowsAtOnce = 1000;

std::size_t HashOf(std::string_view type, std::string_view id) {
  const std::size_t one = std::hash<std::string_view>{}(type);
  return one ^ (std::hash<std::string_view>{}(id) + 0x9e3779b97f4a7c15u + (one << 6) + (one >> 2));
}

}  // namespace

Result<std::vector<std::int64_t>> Defragmenter::Candidates() {
  SKERRY_TRY(FindAmbiguous());
  std::vector<std::int64_t> buckets;
  SKERRY_ASSIGN(select, db_.Cached("SELECT number FROM buckets WHERE count > live + 1 AND live > 0"));
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    buckets.push_back(select->Int64(0));
  }
  select->Reset();
  return buckets;
}

Status Defragmenter::FindAmbiguous() {
  std::unordered_map<std::size_t, std::size_t> contents;
  SKERRY_ASSIGN(select, db_.Cached("SELECT state FROM records"));
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    const std::span<const std::uint8_t> bytes = select->Bytes(0);
    const auto record = DecodeRecord({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!record) {
      select->Reset();
      return Error{.code = ErrorCode::kStorageCorrupt, .message = "a source record of the bucket storage is damaged"};
    }
    for (const Record::Membership& in : record->memberships) {
      const std::size_t object = HashOf(in.type, in.id);
      const std::size_t content = std::hash<std::string_view>{}(in.digest);
      if (contents.emplace(object, content).first->second != content) ambiguous_.insert(object);
    }
  }
  select->Reset();
  return kDone;
}

// Up to any operation, the others than PUTs become one CLEAR, and the PUTs are sent again.
Result<std::int64_t> Defragmenter::BestCut(std::int64_t bucket) {
  SKERRY_ASSIGN(select, db_.Cached("SELECT op, kind, object_type, object_id FROM ops WHERE bucket = ?1 ORDER BY op"));
  SKERRY_TRY(select->Bind(bucket));
  std::int64_t gone = -1;
  std::int64_t repeated = 0;
  std::int64_t best_gain = 0;
  std::int64_t best = 0;
  for (;;) {
    SKERRY_ASSIGN(has_row, select->Step());
    if (!has_row) break;
    if (select->Int64(1) == kPut) {
      if (ambiguous_.count(HashOf(select->Text(2), select->Text(3))) != 0) break;
      ++repeated;
      continue;
    }
    ++gone;
    if (repeated > 0 && gone - repeated > best_gain) {
      best_gain = gone - repeated;
      best = select->Int64(0);
    }
  }
  select->Reset();
  return best;
}

Result<std::int64_t> Defragmenter::Repeat(std::int64_t bucket) {
  SKERRY_ASSIGN(cut, BestCut(bucket));
  struct Row {
    std::int64_t op;
    bucket::Checksum checksum;
  };
  std::int64_t repeated = 0;
  for (std::int64_t after = 0; after < cut;) {
    std::vector<Row> rows;
    SKERRY_ASSIGN(select,
                  db_.Cached("SELECT op, checksum FROM ops WHERE bucket = ?1 AND op > ?2 AND op < ?3 AND kind = "
                             "?4 ORDER BY op LIMIT ?5"));
    SKERRY_TRY(select->Bind(bucket, after, cut, kPut, static_cast<std::int64_t>(kRowsAtOnce)));
    for (;;) {
      SKERRY_ASSIGN(has_row, select->Step());
      if (!has_row) break;
      rows.push_back({select->Int64(0), bucket::Checksum(static_cast<std::uint32_t>(select->Int64(1)))});
    }
    select->Reset();
    for (const Row& row : rows) SKERRY_TRY(log_.Repeat(bucket, row.op, row.checksum));
    repeated += static_cast<std::int64_t>(rows.size());
    after = rows.size() < kRowsAtOnce ? cut : rows.back().op;
  }
  return repeated;
}

}  // namespace skerry::storage
