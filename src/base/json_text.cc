#include "base/json_text.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace skerry::json {
namespace {

static_assert(std::endian::native == std::endian::little, "the word-wise scan finds the first byte in the low bits");

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

std::uint64_t LoadWord(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// The high bit of each byte that is a quote, a backslash or below 0x20. Bytes above the first hit may be flagged
// wrongly (the subtractions borrow), the lowest flag is exact.
std::uint64_t SpecialBytes(std::uint64_t word) {
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  return (((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash)) &
         kHighBits;
}

bool IsSpecial(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The first byte at or after `at` that ends a run of plain text, or text.size().
std::size_t FindSpecial(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size()) {
    const std::uint64_t special = SpecialBytes(LoadWord(text.data() + at));
    if (special != 0) return at + static_cast<std::size_t>(std::countr_zero(special)) / 8;
    at += 8;
  }
  while (at < text.size() && !IsSpecial(text[at])) ++at;
  return at;
}

// Four hex digits, checked by ScanString before.
std::uint32_t CodeUnit(const char* digits) {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit * 16 + static_cast<std::uint32_t>(HexValue(digits[i]));
  return unit;
}

char* PutUtf8(char* out, std::uint32_t code) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | (code >> 6));
    *out++ = tail(code);
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xe0 | (code >> 12));
    *out++ = tail(code >> 6);
    *out++ = tail(code);
  } else {
    *out++ = static_cast<char>(0xf0 | (code >> 18));
    *out++ = tail(code >> 12);
    *out++ = tail(code >> 6);
    *out++ = tail(code);
  }
  return out;
}

char SimpleEscape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // '"', '\\' and '/'.
  }
}

// Decodes the escape behind a backslash; `in` stands on its letter. Moves both on.
void DecodeEscape(const char*& in, const char* end, char*& out) {
  if (*in != 'u') {
    *out++ = SimpleEscape(*in++);
    return;
  }
  std::uint32_t code = CodeUnit(in + 1);
  in += 5;
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (is_surrogate) {
    const bool has_next = code <= 0xdbff && end - in >= 6 && in[0] == '\\' && in[1] == 'u';
    const std::uint32_t low = has_next ? CodeUnit(in + 2) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      in += 6;
    } else {
      code = 0xfffd;
    }
  }
  out = PutUtf8(out, code);
}

}  // namespace

ScannedString ScanString(std::string_view text, std::size_t start) {
  ScannedString scanned;
  for (std::size_t at = start;;) {
    at = FindSpecial(text, at);
    scanned.end = at;
    if (at == text.size()) return scanned.fault = "string without end", scanned;
    if (text[at] == '"') return scanned;
    if (text[at] != '\\') return scanned.fault = "control character in a string", scanned;
    scanned.has_escapes = true;
    const char letter = at + 1 < text.size() ? text[at + 1] : '\0';
    at += 2;
    if (letter == 'u') {
      for (const std::size_t digits_end = at + 4; at < digits_end; ++at) {
        if (at >= text.size() || HexValue(text[at]) < 0) return scanned.fault = "bad \\u escape", scanned;
      }
    } else if (letter == '\0' || std::strchr("\"\\/bfnrt", letter) == nullptr) {
      return scanned.fault = "unknown escape", scanned;
    }
  }
}

char* Unescape(std::string_view raw, char* out) {
  const char* in = raw.data();
  const char* const end = in + raw.size();
  while (in != end) {
    if (end - in >= 8) {
      const std::uint64_t word = LoadWord(in);
      std::memcpy(out, &word, sizeof word);
      const std::uint64_t special = SpecialBytes(word);
      const auto plain = special == 0 ? 8 : std::countr_zero(special) / 8;
      in += plain;
      out += plain;
      if (special == 0) continue;
    } else if (*in != '\\') {
      *out++ = *in++;
      continue;
    }
    ++in;
    DecodeEscape(in, end, out);
  }
  return out;
}

std::string IntegerText(std::string_view number) {
  std::string digits;
  std::int64_t point = 0;  // The decimal point stands after this many digits.
  std::size_t at = number[0] == '-' ? 1 : 0;
  bool seen_point = false;
  for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
    if (number[at] == '.') {
      seen_point = true;
    } else {
      digits += number[at];
      if (!seen_point) ++point;
    }
  }
  if (at < number.size()) {
    ++at;
    const bool is_negative = number[at] == '-';
    if (number[at] == '-' || number[at] == '+') ++at;
    constexpr std::int64_t kHuge = std::int64_t{1} << 40;  // Beyond any text in memory.
    std::int64_t exponent = 0;
    for (; at < number.size(); ++at) {
      if (exponent < kHuge) exponent = exponent * 10 + (number[at] - '0');
    }
    point += is_negative ? -exponent : exponent;
  }
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return "0";
  const std::size_t last = digits.find_last_not_of('0');
  if (point <= static_cast<std::int64_t>(last)) return "";
  const std::int64_t length = point - static_cast<std::int64_t>(first);
  if (length > 19) return "";
  std::string text = number[0] == '-' ? "-" : "";
  text.append(digits, first, last + 1 - first);
  text.append(static_cast<std::size_t>(length) - (last + 1 - first), '0');
  return text;
}

}  // namespace skerry::json
