// Points in time as clients see them: ISO 8601 with six digits of a second.
#pragma once

#include <string>
#include <string_view>

namespace skerry::replication::pg {

// Appends "2026-01-31T12:00:00.250000" for "2026-01-31 12:00:00.25", with Z after it if `is_utc` (the session's time
// zone is UTC), "12:00:00.250000" for a time of day. The infinities become the ends of four-digit years. Dates before
// Christ stay as they are.
void AppendIsoTime(std::string& out, std::string_view text, bool is_utc);

}  // namespace skerry::replication::pg
