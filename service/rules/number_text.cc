#include "rules/number_text.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace skerry::rules {
namespace {

// The significant digits of a finite number, without zeros at the end; its value is 0.ddd * 10^(exponent + 1).
struct Digits {
  std::string text;
  int exponent = 0;
};
Digits DigitsOf(double real, int precision) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", precision - 1, std::fabs(real));
  const std::string_view all(text);
  const std::size_t e = all.find('e');
  Digits digits{.text = "", .exponent = std::atoi(text + e + 1)};
  for (const char c : all.substr(0, e)) {
    if (c >= '0' && c <= '9') digits.text += c;
  }
  while (digits.text.size() > 1 && digits.text.back() == '0') digits.text.pop_back();
  return digits;
}

bool ReadsBack(double real, int precision) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", precision - 1, real);
  return std::strtod(text, nullptr) == real;
}

// "0.00123", "123000", "1.23"; with `has_point` "123000.0".
void AppendDecimal(std::string& out, const Digits& digits, bool has_point) {
  const int count = static_cast<int>(digits.text.size());
  if (digits.exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-digits.exponent - 1), '0').append(digits.text);
  } else if (count <= digits.exponent + 1) {
    out.append(digits.text).append(static_cast<std::size_t>(digits.exponent + 1 - count), '0');
    if (has_point) out += ".0";
  } else {
    const auto whole = static_cast<std::size_t>(digits.exponent + 1);
    out.append(digits.text, 0, whole).append(".").append(digits.text, whole);
  }
}

}  // namespace

void AppendAsJavaScript(std::string& out, double real) {
  if (std::isinf(real)) {
    out += real < 0 ? "-Infinity" : "Infinity";
    return;
  }
  if (real == 0) {
    out += '0';
    return;
  }
  int precision = 15;
  while (precision < 17 && !ReadsBack(real, precision)) ++precision;
  const Digits digits = DigitsOf(real, precision);
  if (real < 0) out += '-';
  if (digits.exponent < 21 && digits.exponent >= -6) return AppendDecimal(out, digits, /*has_point=*/false);
  out += digits.text[0];
  if (digits.text.size() > 1) out.append(".").append(digits.text, 1);
  out += digits.exponent < 0 ? "e-" : "e+";
  out += std::to_string(std::abs(digits.exponent));
}

void AppendAsSqlite(std::string& out, double real) {
  if (std::isinf(real)) {
    out += real < 0 ? "-Inf" : "Inf";
    return;
  }
  if (real == 0) {
    out += "0.0";
    return;
  }
  const Digits digits = DigitsOf(real, ReadsBack(real, 15) ? 15 : 17);
  if (real < 0) out += '-';
  if (digits.exponent < 17 && digits.exponent >= -4) return AppendDecimal(out, digits, /*has_point=*/true);
  out += digits.text[0];
  out += '.';
  out += digits.text.size() > 1 ? digits.text.substr(1) : "0";
  char exponent[16];
  std::snprintf(exponent, sizeof exponent, "e%c%02d", digits.exponent < 0 ? '-' : '+', std::abs(digits.exponent));
  out += exponent;
}

}  // namespace skerry::rules
