// Numbers at the front of texts, and reals as integers, as SQLite reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace skerry::rules {

struct NumberSpan {
  std::size_t begin = 0;        // After spaces.
  std::size_t integer_end = 0;  // After the sign and the digits before a point.
  std::size_t end = 0;
  bool is_real = false;
};
NumberSpan Scan(std::string_view text);

// 0 if there is no number.
double RealIn(std::string_view text, const NumberSpan& span);
// Integer digits that overflow saturate; `fits` says whether they did not.
std::int64_t IntegerIn(std::string_view text, const NumberSpan& span, bool& fits);

// Towards zero; what does not fit saturates, and NaN is 0.
std::int64_t Clamp(double real);

}  // namespace skerry::rules
