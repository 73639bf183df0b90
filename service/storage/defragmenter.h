// Finds what keeps a compacted bucket from being shorter: rows at its front that never change, with operations behind
// them that no longer say anything and cannot become part of the CLEAR (service.md, section 9).
//
// Such a row, appended once more, frees its old place. Every client is sent it again, so rows are repeated only where
// more operations go for good. Where one object has several contents (of several rows, or in several streams), clients
// show the newest, and none of them is repeated.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "sqlite/connection.h"
#include "storage/row_log.h"

namespace skerry::storage {

// Borrows both. The buckets have to be compacted before, so that every PUT stands, and are to be afterwards.
class Defragmenter {
 public:
  Defragmenter(sqlite::Connection& db, RowLog& log) : db_(db), log_(log) {}

  // The buckets that have more operations than rows. Reads all records: 50 bytes of memory for each object.
  Result<std::vector<std::int64_t>> Candidates();
  // In a batch: appends the rows again that are worth it. Gives how many.
  Result<std::int64_t> Repeat(std::int64_t bucket);

 private:
  // The operation up to which repeating the rows lets most operations go; 0 if none is worth it.
  Result<std::int64_t> BestCut(std::int64_t bucket);

  Status FindAmbiguous();

  sqlite::Connection& db_;
  RowLog& log_;
  std::unordered_set<std::size_t> ambiguous_;  // Objects, by hash: one too many keeps a row in its place, no more.
};

}  // namespace skerry::storage
