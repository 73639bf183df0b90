#include "rules/number_reading.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace skerry::rules {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

NumberSpan Scan(std::string_view text) {
  NumberSpan span;
  while (span.begin < text.size() && IsSpace(text[span.begin])) ++span.begin;
  std::size_t at = span.begin;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const std::size_t before = digits();
  span.integer_end = before > 0 ? at : span.begin;
  span.end = span.integer_end;
  std::size_t after = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    after = digits();
    if (before + after > 0) {
      span.end = at;
      span.is_real = true;
    }
  }
  if (before + after == 0) return span;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() > 0) {
      span.end = at;
      span.is_real = true;
    }
  }
  return span;
}

double RealIn(std::string_view text, const NumberSpan& span) {
  const std::string number(text.substr(span.begin, span.end - span.begin));
  return number.empty() ? 0 : std::strtod(number.c_str(), nullptr);
}

std::int64_t IntegerIn(std::string_view text, const NumberSpan& span, bool& fits) {
  std::string_view digits = text.substr(span.begin, span.integer_end - span.begin);
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  fits = read.ec != std::errc::result_out_of_range;
  if (fits) return value;
  return digits[0] == '-' ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::int64_t Clamp(double real) {
  if (!(real > -kTwoTo63)) return std::isnan(real) ? 0 : std::numeric_limits<std::int64_t>::min();
  if (real >= kTwoTo63) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(real);
}

}  // namespace skerry::rules
