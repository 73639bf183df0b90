#include "app/compact_command.h"

#include <cstdio>
#include <filesystem>

#include "storage/storage.h"
#include "storage/succession.h"

namespace skerry::app {

namespace {

Status CompactEverything(storage::Writer& writer) {
  SKERRY_TRY(writer.StartCompaction(storage::CompactionScope::kEverything));
  for (bool has_more = true; has_more;) {
    SKERRY_ASSIGN(more, writer.CompactSlice());
    has_more = more;
  }
  return kDone;
}

}  // namespace

Status CompactStorage(const std::string& storage_path, bool defragments, LogSink& log) {
  std::error_code failure;
  const auto before = std::filesystem::file_size(storage::PresentPath(storage_path), failure);
  if (failure) return Error{ErrorCode::kStorageUnavailable, "the storage " + storage_path + " cannot be read"};
  SKERRY_ASSIGN(writer, storage::OpenSqliteWriter(storage_path));
  SKERRY_TRY(CompactEverything(*writer));
  std::int64_t repeated = 0;
  if (defragments) {
    SKERRY_ASSIGN(rows, writer->Defragment());
    repeated = rows;
    if (repeated > 0) SKERRY_TRY(CompactEverything(*writer));
  }
  const storage::CompactionCounters done = writer->compaction();
  writer.reset();  // The last connection that closes brings the log into the file, which then has its new size.
  const auto after = std::filesystem::file_size(storage_path, failure);
  if (failure) log.Log(LogLevel::kWarn, "the size of " + storage_path + " cannot be read");
  if (defragments) std::printf("%lld rows will be sent again\n", static_cast<long long>(repeated));
  std::printf("%s: %lld buckets, %lld operations moved, %lld cleared, %llu bytes before, %llu after\n",
              storage_path.c_str(), static_cast<long long>(done.buckets), static_cast<long long>(done.moved),
              static_cast<long long>(done.cleared), static_cast<unsigned long long>(before),
              static_cast<unsigned long long>(after));
  return kDone;
}

}  // namespace skerry::app
