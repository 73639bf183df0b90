// How much of a bucket storage's file belongs to what; the rest of it are operations.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace skerry::storage {

struct Sizes {
  std::int64_t source_bytes = 0;     // What is remembered of the source: rows' records and copies, tables, configs.
  std::int64_t parameter_bytes = 0;  // The parameter index and its latest changes.
};

// In whole pages. Looks at each page of the file, so it takes the longer the larger that is; writers and readers do not
// wait for it.
Result<Sizes> MeasureSizes(const std::string& path);

}  // namespace skerry::storage
