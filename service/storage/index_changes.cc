#include "storage/index_changes.h"

#include "storage/schema.h"

namespace skerry::storage {
namespace {

constexpr std::int64_t kEverything = -1;  // In index_changes.idx.

}  // namespace

Status WriteIndexChanges(sqlite::Connection& db, std::int64_t serial,
                         const std::set<std::pair<std::uint32_t, std::string>>& keys, Changes& changes) {
  SKERRY_ASSIGN(insert, db.Cached("INSERT INTO index_changes VALUES (?1, ?2, ?3)"));
  if (keys.size() > kMaxListedChanges) {
    changes.everything = true;
    SKERRY_TRY(insert->Run(serial, kEverything, ""));
  } else {
    for (const auto& [index, key] : keys) {
      changes.index_keys.emplace_back(index, key);
      SKERRY_TRY(insert->Run(serial, std::int64_t{index}, key));
    }
  }
  SKERRY_ASSIGN(forget, db.Cached("DELETE FROM index_changes WHERE serial <= ?1"));
  return forget->Run(serial - kRememberedPublications);
}

}  // namespace skerry::storage
