// A source table as text, for storage to keep over restarts.
#pragma once

#include <string>

#include "base/result.h"
#include "row/table.h"
#include "storage/storage.h"

namespace skerry::ingest {

storage::TableRecord ToRecord(const row::Table& table);
Result<row::Table> FromRecord(const storage::TableRecord& record);

}  // namespace skerry::ingest
