// The `config` section of a sync config: which generation of the language, and how values are read.
#pragma once

#include <cstdint>
#include <optional>

#include "rules/dialect.h"

namespace skerry::rules {

enum class Precision : std::uint8_t { kSeconds = 0, kMilliseconds = 3, kMicroseconds = 6, kNanoseconds = 9 };

struct Options {
  int edition = 1;
  int storage_version = 2;
  // Of the source's types (sync-streams.md, section 10).
  bool timestamps_iso8601 = false;
  bool custom_postgres_types = false;
  std::optional<Precision> timestamp_max_precision;
  bool versioned_bucket_ids = false;  // Bucket names carry the deployment in any case.
  Dialect dialect;

  friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace skerry::rules
