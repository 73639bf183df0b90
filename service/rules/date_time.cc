#include "rules/date_time.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "rules/calendar.h"
#include "rules/date_text.h"
#include "rules/scalars.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

constexpr double kJulianDayOfEpoch = 2440587.5;
constexpr std::int64_t kFirst = -210866760000000;  // Julian day 0.
constexpr std::int64_t kLast = 253402300799999;    // The end of 9999.

// What the first argument of a date function says, changed by the modifiers after it.
class Moment {
 public:
  bool Begin(const Value& value) {
    if (value.type == Type::kInteger || value.type == Type::kReal) {
      SetNumber(value.type == Type::kReal ? value.real : static_cast<double>(value.integer));
      return true;
    }
    if (value.type != Type::kText) return false;
    if (const auto read = ReadDate(value.bytes)) {
      ms_ = *read;
      return true;
    }
    char* end = nullptr;
    const std::string text(value.bytes);
    const double number = std::strtod(text.c_str(), &end);
    const bool is_number = !text.empty() && *end == '\0' && (text[0] == '-' || text[0] == '.' || text[0] <= '9');
    if (is_number) SetNumber(number);
    return is_number;
  }

  bool Modify(std::string_view text, bool is_first) {
    std::string word;
    for (const char c : text) word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (word == "subsec" || word == "subsecond") return has_fraction_ = true;
    if (word == "unixepoch") return is_first && number_ && SetSeconds(*number_);
    if (word == "julianday") return is_first && number_.has_value();
    if (word == "auto") {
      if (!is_first) return false;
      const bool is_julian = !number_ || (*number_ >= 0 && *number_ < 5373484.5);
      return is_julian || SetSeconds(*number_);
    }
    if (word == "utc") return true;
    if (word.rfind("start of ", 0) == 0) return StartOf(word.substr(9));
    if (word.rfind("weekday ", 0) == 0) return ToWeekday(word.substr(8));
    return Add(word);
  }

  bool is_valid() const { return ms_ >= kFirst && ms_ <= kLast; }
  bool has_fraction() const { return has_fraction_; }
  std::int64_t ms() const { return ms_; }

 private:
  void SetNumber(double number) {
    number_ = number;
    const double days = number - kJulianDayOfEpoch;
    // Out of range unless a modifier says that these are seconds.
    ms_ = std::fabs(days) < 1e8 ? static_cast<std::int64_t>(std::floor(days * kDayMs + 0.5)) : kLast + 1;
  }
  bool SetSeconds(double seconds) {
    if (!(std::fabs(seconds) < 1e12)) return false;
    ms_ = static_cast<std::int64_t>(std::floor(seconds * 1000 + 0.5));
    return true;
  }

  bool StartOf(std::string_view what) {
    const std::int64_t days = FloorDiv(ms_, kDayMs);
    Civil civil = CivilFrom(days);
    if (what == "year") {
      civil.month = 1;
      civil.day = 1;
    } else if (what == "month") {
      civil.day = 1;
    } else if (what != "day") {
      return false;
    }
    ms_ = DaysFrom(civil) * kDayMs;
    return true;
  }

  bool ToWeekday(const std::string& number) {
    if (number.size() != 1 || number[0] < '0' || number[0] > '6') return false;
    const std::int64_t days = FloorDiv(ms_, kDayMs);
    const std::int64_t weekday = ((days + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday.
    ms_ += (number[0] - '0' - weekday + 7) % 7 * kDayMs;
    return true;
  }

  // "+3 days", "-1.5 hours", "+02:30".
  bool Add(const std::string& word) {
    char* end = nullptr;
    if (word.empty() || !(word[0] == '+' || word[0] == '-' || (word[0] >= '0' && word[0] <= '9'))) return false;
    if (word.find(':') != std::string::npos) {
      const bool has_sign = word[0] == '+' || word[0] == '-';
      const auto time = ReadTimeOfDay(std::string_view(word).substr(has_sign ? 1 : 0));
      if (!time) return false;
      ms_ += word[0] == '-' ? -*time : *time;
      return true;
    }
    const double amount = std::strtod(word.c_str(), &end);
    while (*end == ' ') ++end;
    std::string unit(end);
    if (!unit.empty() && unit.back() == 's') unit.pop_back();
    double unit_ms = 0;
    if (unit == "second") unit_ms = 1000;
    if (unit == "minute") unit_ms = 60'000;
    if (unit == "hour") unit_ms = 3'600'000;
    if (unit == "day") unit_ms = kDayMs;
    if (!(std::fabs(amount) < 1e10)) return false;
    if (unit_ms > 0) {
      const double add = amount * unit_ms;
      ms_ += static_cast<std::int64_t>(add + (add < 0 ? -0.5 : 0.5));
      return true;
    }
    if (unit != "month" && unit != "year") return false;
    return AddMonths(amount, unit == "year");
  }

  bool AddMonths(double amount, bool are_years) {
    const double limit = are_years ? 14713 : 176546;
    if (std::fabs(amount) > limit) return false;
    const auto whole = static_cast<std::int64_t>(amount);
    const std::int64_t days = FloorDiv(ms_, kDayMs);
    Civil civil = CivilFrom(days);
    const std::int64_t months = civil.year * 12 + civil.month - 1 + whole * (are_years ? 12 : 1);
    civil.year = FloorDiv(months, 12);
    civil.month = static_cast<int>(months - civil.year * 12) + 1;
    ms_ = DaysFrom(civil) * kDayMs + (ms_ - days * kDayMs);
    const double rest = (amount - static_cast<double>(whole)) * (are_years ? 365.0 : 30.0) * kDayMs;
    ms_ += static_cast<std::int64_t>(rest + (rest < 0 ? -0.5 : 0.5));
    return true;
  }

  std::int64_t ms_ = 0;
  std::optional<double> number_;
  bool has_fraction_ = false;
};

std::optional<Moment> Read(std::span<const Value> arguments, const Dialect& dialect, Scratch& scratch) {
  Moment moment;
  if (arguments.empty() || !moment.Begin(arguments[0])) return std::nullopt;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i].is_null() || !moment.Modify(TextOf(arguments[i], dialect, scratch), i == 1)) return std::nullopt;
  }
  return moment.is_valid() ? std::optional(moment) : std::nullopt;
}

}  // namespace

Value DateTime(std::span<const Value> arguments, const Dialect& dialect, Scratch& scratch) {
  const auto moment = Read(arguments, dialect, scratch);
  if (!moment) return Value::Null();
  const std::int64_t days = FloorDiv(moment->ms(), kDayMs);
  const std::int64_t time = moment->ms() - days * kDayMs;
  const Civil civil = CivilFrom(days);
  char text[64];
  std::snprintf(text, sizeof text, "%s%04d-%02d-%02d %02d:%02d:%02d", civil.year < 0 ? "-" : "",
                static_cast<int>(std::llabs(civil.year)), civil.month, civil.day, static_cast<int>(time / 3'600'000),
                static_cast<int>(time / 60'000 % 60), static_cast<int>(time / 1000 % 60));
  std::string& out = scratch.New();
  out = text;
  if (moment->has_fraction()) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(time % 1000));
    out += text;
  }
  return Value::Text(out);
}

Value UnixEpoch(std::span<const Value> arguments, const Dialect& dialect, Scratch& scratch) {
  const auto moment = Read(arguments, dialect, scratch);
  if (!moment) return Value::Null();
  if (moment->has_fraction()) return Value::Real(static_cast<double>(moment->ms()) / 1000);
  return Value::Integer(FloorDiv(moment->ms(), 1000));
}

}  // namespace skerry::rules
