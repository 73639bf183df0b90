// Points in time as clients see them.
#pragma once

#include <string>
#include <string_view>

#include "replication/source.h"

namespace skerry::replication::pg {

// Appends "2026-01-31T12:00:00.250000" for "2026-01-31 12:00:00.25", with Z after it if `is_utc` (the session's time
// zone is UTC), "12:00:00.250000" for a time of day; fractions are cut or filled up, never rounded. Without ISO form
// only the zone changes. The infinities become the ends of four-digit years. Dates before Christ stay as they are.
void AppendTime(std::string& out, std::string_view text, bool is_utc, const ValueForms& forms);

}  // namespace skerry::replication::pg
