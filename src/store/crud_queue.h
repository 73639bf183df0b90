// The queue of local writes waiting for upload, kept in the table ps_crud.
//
// Capture writes each entry in the same transaction as the change it describes, so a crash loses both or neither.
// Entries of one local transaction share a tx_id. Ids grow and are never reused. Applications may delete entries by
// SQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "sqlite/transaction.h"

namespace skerry::store {

struct CrudEntry {
  std::int64_t id = 0;
  std::optional<TxId> tx_id;
  std::string data;  // The entry's JSON as Capture wrote it: op, id, type, data, old, metadata.
};

struct CrudBatch {
  std::vector<CrudEntry> entries;  // Never empty.
  bool have_more = false;
};

struct CrudStats {
  std::int64_t count = 0;
  std::int64_t size_bytes = 0;  // Bytes of the entries and 20 for each (C-085).
};

// How an entry crosses to TypeScript (C-084):
// {"op_id":…,"op":…,"type":…,"id":…,"tx_id":…,"data":…,"old":…,"metadata":…} without what it does not have. Fails for
// an entry that somebody else wrote and that is not a JSON object.
Result<std::string> ToJson(const CrudEntry& entry);

// Borrows the connection. Single-threaded, like everything in src/.
class CrudQueue {
 public:
  explicit CrudQueue(sqlite::Connection& db) : db_(db) {}

  // The oldest transaction after `after` (an entry id; 0 = from the front), nullopt at the end (C-080, C-081). An entry
  // without tx_id stands alone.
  Result<std::optional<CrudBatch>> NextTransaction(std::int64_t after = 0);
  // The oldest entries, at most `limit`, regardless of transactions (C-082).
  Result<std::optional<CrudBatch>> NextBatch(std::int64_t limit = 100);
  Result<CrudStats> Stats();
  Result<bool> IsEmpty();

  // Removes every entry up to `last_id`, in the caller's transaction. Then the target becomes `checkpoint` if one is
  // given and nothing is left in the queue, else "unknown" (C-083).
  Status Complete(sqlite::WriteTransaction& write, std::int64_t last_id,
                  std::optional<WriteCheckpoint> checkpoint = std::nullopt);

  // After an upload: whether a write checkpoint has to be asked for, and a mark to compare later. nullopt when the
  // target is known or there was never a local write (C-086 steps 1 and 2).
  Result<std::optional<std::int64_t>> BeginTargetUpdate();
  // Stores the answer, unless anything was written since `mark` was taken: then false (C-086 step 4).
  Result<bool> FinishTargetUpdate(sqlite::WriteTransaction& write, std::int64_t mark, WriteCheckpoint checkpoint);

 private:
  sqlite::Connection& db_;
};

}  // namespace skerry::store
