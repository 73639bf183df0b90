#include <cstring>

#include "client/result_buffer.h"

namespace skerry::client {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Length of the ASCII run at the front.
std::size_t AsciiRun(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

struct Sequence {
  std::size_t bytes = 0;  // To skip: the sequence, or the longest part of it that is well-formed so far (at least 1).
  bool valid = false;
};

// The sequence that starts with the non-ASCII byte at the front (Unicode, table 3-7).
Sequence Next(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf)
    length = 2;
  else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;  // No surrogates.
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {length, true};
}

}  // namespace

std::size_t AppendUtf8(std::string& out, std::string_view text) {
  std::size_t units = 0, start = 0, i = 0;
  while (true) {
    const std::size_t ascii = AsciiRun(text.substr(i));
    units += ascii;
    i += ascii;
    if (i == text.size()) break;
    const Sequence next = Next(text.substr(i));
    if (next.valid) {
      units += next.bytes == 4 ? 2 : 1;
      i += next.bytes;
      continue;
    }
    out.append(text, start, i - start).append(kReplacement);
    units += 1;
    i += next.bytes;
    start = i;
  }
  out.append(text, start, text.size() - start);
  return units;
}

}  // namespace skerry::client
