#include "storage/sizes.h"

#include "sqlite/connection.h"
#include "storage/succession.h"

namespace skerry::storage {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

}  // namespace

Result<Sizes> MeasureSizes(const std::string& path) {
  SKERRY_ASSIGN(db, sqlite::Connection::Open(
                        {.path = PresentPath(path), .read_only = true, .page_size = 8192, .cache_kib = 256}));
  SKERRY_ASSIGN(select, db->Prepare("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE"));
  Sizes sizes;
  for (;;) {
    SKERRY_ASSIGN(has_row, select.Step());
    if (!has_row) return sizes;
    const std::string_view tree = select.Text(0);
    if (StartsWith(tree, "index_")) {
      sizes.parameter_bytes += select.Int64(1);
    } else if (!StartsWith(tree, "ops") && !StartsWith(tree, "buckets") &&
               !StartsWith(tree, "sqlite_autoindex_buckets")) {
      sizes.source_bytes += select.Int64(1);
    }
  }
}

}  // namespace skerry::storage
