// The character work under JsonReader: where a string ends, what its escapes mean, what integer a number is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skerry::json {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

struct ScannedString {
  std::size_t end = 0;  // Index of the closing quote, or of the fault.
  bool has_escapes = false;
  const char* fault = nullptr;
};

// Finds the end of the string whose text begins at `start`, behind its quote, and checks every escape on the way.
ScannedString ScanString(std::string_view text, std::size_t start);

// Decodes what ScanString accepted and returns the end of the output. Decoding never lengthens: raw.size() bytes at
// `out` are enough.
char* Unescape(std::string_view raw, char* out);

// The digits of a well-formed number with fraction or exponent ("1.0", "12e3"), or "" if its value has a fraction or
// more than 19 digits.
std::string IntegerText(std::string_view number);

}  // namespace skerry::json
