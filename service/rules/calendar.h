// Days and dates of the proleptic Gregorian calendar. Moments are milliseconds since 1970-01-01.
#pragma once

#include <cstdint>

namespace skerry::rules {

inline constexpr std::int64_t kDayMs = 86'400'000;

struct Civil {
  std::int64_t year = 2000;
  int month = 1;
  int day = 1;
};

// Days since 1970-01-01. Days past a month's end run on into the next.
std::int64_t DaysFrom(const Civil& civil);
Civil CivilFrom(std::int64_t days);

// Rounds down, also below zero.
inline std::int64_t FloorDiv(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace skerry::rules
