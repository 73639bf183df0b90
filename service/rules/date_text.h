// Dates and times as SQLite reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skerry::rules {

// YYYY-MM-DD, a time of day, or one after the other: milliseconds since 1970-01-01. A time alone is on 2000-01-01.
std::optional<std::int64_t> ReadDate(std::string_view text);

// HH:MM[:SS[.SSS]] and perhaps a zone: milliseconds since midnight, in UTC.
std::optional<std::int64_t> ReadTimeOfDay(std::string_view text);

}  // namespace skerry::rules
