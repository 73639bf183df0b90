#include "rules/date_text.h"

#include <cmath>

#include "rules/calendar.h"

namespace skerry::rules {
namespace {

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

}  // namespace

std::optional<std::int64_t> ReadTimeOfDay(std::string_view text) {
  Reader in(text);
  std::int64_t time = 0;
  return ReadTime(in, time) ? std::optional(time) : std::nullopt;
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
    return DaysFrom(civil) * kDayMs + time;
  }
  const auto time = ReadTimeOfDay(text);
  return time ? std::optional(DaysFrom({}) * kDayMs + *time) : std::nullopt;
}

}  // namespace skerry::rules
