#include "row/value.h"

#include <charconv>
#include <cmath>

#include "base/json.h"

namespace skerry::row {
namespace {

void AppendInteger(std::string& out, std::int64_t value) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// The length of the well-formed UTF-8 sequence at the front of `text` (RFC 3629), or 0.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;  // Overlong; surrogate.
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;  // Overlong; above U+10FFFF.
  return length;
}

}  // namespace

bool IntegralReal(double value, std::int64_t& integer) {
  // 2^63 is the first double above the range; the comparison is false for NaN.
  if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0)) return false;
  if (std::trunc(value) != value) return false;
  integer = static_cast<std::int64_t>(value);
  return true;
}

bool AppendKey(std::string& out, const Value& value) {
  switch (value.type) {
    case Type::kInteger:
      AppendInteger(out, value.integer);
      return true;
    case Type::kReal: {
      std::int64_t integer = 0;
      if (IntegralReal(value.real, integer)) {
        AppendInteger(out, integer);
      } else {
        AppendJsonDouble(out, value.real);
      }
      return true;
    }
    case Type::kText: {
      std::string scratch;
      AppendJsonString(out, ValidUtf8(value.bytes, scratch));
      return true;
    }
    case Type::kNull:
    case Type::kBlob:
      break;
  }
  return false;
}

bool AppendJson(std::string& out, const Value& value) {
  switch (value.type) {
    case Type::kNull:
      out += "null";
      return true;
    case Type::kInteger:
      AppendInteger(out, value.integer);
      return true;
    case Type::kReal:
      AppendJsonDouble(out, value.real);
      return true;
    case Type::kText: {
      std::string scratch;
      AppendJsonString(out, ValidUtf8(value.bytes, scratch));
      return true;
    }
    case Type::kBlob:
      break;
  }
  return false;
}

std::string_view ValidUtf8(std::string_view text, std::string& scratch) {
  std::size_t good = 0;
  while (good < text.size()) {
    const std::size_t length = SequenceLength(text.substr(good));
    if (length == 0) break;
    good += length;
  }
  if (good == text.size()) return text;

  scratch.assign(text, 0, good);
  while (good < text.size()) {
    const std::size_t length = SequenceLength(text.substr(good));
    if (length == 0) {
      scratch += "\xef\xbf\xbd";
      ++good;
    } else {
      scratch.append(text, good, length);
      good += length;
    }
  }
  return scratch;
}

}  // namespace skerry::row
