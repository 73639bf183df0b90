#include "rules/date_time.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "rules/scalars.h"

namespace skerry::rules {
namespace {

using row::Type;
using row::Value;

// A moment as milliseconds since 1970-01-01, of the proleptic Gregorian calendar.
constexpr std::int64_t kDay = 86'400'000;
constexpr double kJulianDayOfEpoch = 2440587.5;
constexpr std::int64_t kFirst = -210866760000000;  // Julian day 0.
constexpr std::int64_t kLast = 253402300799999;    // The end of 9999.

struct Civil {
  std::int64_t year = 2000;
  int month = 1;
  int day = 1;
};

// Days since 1970-01-01 (Howard Hinnant's algorithm: years begin in March). Days past a month's end run on.
std::int64_t DaysFrom(const Civil& civil) {
  const std::int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (civil.month + (civil.month > 2 ? -3 : 9)) + 2) / 5 + civil.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

Civil CivilFrom(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

std::int64_t FloorDiv(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool is_done() const { return at_ == text_.size(); }
  char Peek() const { return is_done() ? '\0' : text_[at_]; }
  bool Take(char c) {
    if (Peek() != c || is_done()) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (Peek() == ' ' || (Peek() >= '\t' && Peek() <= '\r')) ++at_;
  }
  bool Digits(int count, int low, int high, int& value) {
    value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (Peek() < '0' || Peek() > '9') return false;
      value = value * 10 + (Peek() - '0');
    }
    return value >= low && value <= high;
  }
  // Digits after a point, as milliseconds.
  double Fraction() {
    double value = 0;
    for (double scale = 0.1; Peek() >= '0' && Peek() <= '9'; scale /= 10) value += (text_[at_++] - '0') * scale;
    return value;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// HH:MM[:SS[.SSS]] and a zone, or nothing of it.
bool ReadTime(Reader& in, std::int64_t& ms) {
  int hours = 0;
  int minutes = 0;
  if (!in.Digits(2, 0, 24, hours) || !in.Take(':') || !in.Digits(2, 0, 59, minutes)) return false;
  ms = (hours * 60 + minutes) * std::int64_t{60'000};
  if (in.Take(':')) {
    int seconds = 0;
    if (!in.Digits(2, 0, 59, seconds)) return false;
    ms += seconds * 1000;
    if (in.Take('.')) {
      if (in.Peek() < '0' || in.Peek() > '9') return false;
      ms += static_cast<std::int64_t>(std::floor(in.Fraction() * 1000 + 0.5));
    }
  }
  in.SkipSpace();
  if (in.Take('Z') || in.Take('z')) {
    in.SkipSpace();
  } else if (in.Peek() == '+' || in.Peek() == '-') {
    const bool is_west = in.Peek() == '-';
    in.Take(in.Peek());
    if (!in.Digits(2, 0, 14, hours) || !in.Take(':') || !in.Digits(2, 0, 59, minutes)) return false;
    ms += (is_west ? 1 : -1) * (hours * 60 + minutes) * std::int64_t{60'000};
    in.SkipSpace();
  }
  return in.is_done();
}

std::optional<std::int64_t> ReadDate(std::string_view text) {
  Reader in(text);
  const bool is_negative = in.Take('-');
  int year = 0;
  Civil civil;
  if (in.Digits(4, 0, 9999, year) && in.Take('-') && in.Digits(2, 1, 12, civil.month) && in.Take('-') &&
      in.Digits(2, 1, 31, civil.day)) {
    civil.year = is_negative ? -year : year;
    std::int64_t time = 0;
    while (in.Peek() == ' ' || in.Peek() == 'T') in.Take(in.Peek());
    if (!in.is_done() && !ReadTime(in, time)) return std::nullopt;
    return DaysFrom(civil) * kDay + time;
  }
  Reader again(text);
  std::int64_t time = 0;
  if (ReadTime(again, time)) return DaysFrom({}) * kDay + time;  // A time alone is on 2000-01-01.
  return std::nullopt;
}

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
    ms_ = std::fabs(days) < 1e8 ? static_cast<std::int64_t>(std::floor(days * kDay + 0.5)) : kLast + 1;
  }
  bool SetSeconds(double seconds) {
    if (!(std::fabs(seconds) < 1e12)) return false;
    ms_ = static_cast<std::int64_t>(std::floor(seconds * 1000 + 0.5));
    return true;
  }

  bool StartOf(std::string_view what) {
    const std::int64_t days = FloorDiv(ms_, kDay);
    Civil civil = CivilFrom(days);
    if (what == "year") {
      civil.month = 1;
      civil.day = 1;
    } else if (what == "month") {
      civil.day = 1;
    } else if (what != "day") {
      return false;
    }
    ms_ = DaysFrom(civil) * kDay;
    return true;
  }

  bool ToWeekday(const std::string& number) {
    if (number.size() != 1 || number[0] < '0' || number[0] > '6') return false;
    const std::int64_t days = FloorDiv(ms_, kDay);
    const std::int64_t weekday = ((days + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday.
    ms_ += (number[0] - '0' - weekday + 7) % 7 * kDay;
    return true;
  }

  // "+3 days", "-1.5 hours", "+02:30".
  bool Add(const std::string& word) {
    char* end = nullptr;
    if (word.empty() || !(word[0] == '+' || word[0] == '-' || (word[0] >= '0' && word[0] <= '9'))) return false;
    if (word.find(':') != std::string::npos) {
      const bool has_sign = word[0] == '+' || word[0] == '-';
      Reader in(std::string_view(word).substr(has_sign ? 1 : 0));
      std::int64_t time = 0;
      if (!ReadTime(in, time)) return false;
      ms_ += word[0] == '-' ? -time : time;
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
    if (unit == "day") unit_ms = kDay;
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
    const std::int64_t days = FloorDiv(ms_, kDay);
    Civil civil = CivilFrom(days);
    const std::int64_t months = civil.year * 12 + civil.month - 1 + whole * (are_years ? 12 : 1);
    civil.year = FloorDiv(months, 12);
    civil.month = static_cast<int>(months - civil.year * 12) + 1;
    ms_ = DaysFrom(civil) * kDay + (ms_ - days * kDay);
    const double rest = (amount - static_cast<double>(whole)) * (are_years ? 365.0 : 30.0) * kDay;
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
  const std::int64_t days = FloorDiv(moment->ms(), kDay);
  const std::int64_t time = moment->ms() - days * kDay;
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
