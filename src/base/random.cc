#include "base/random.h"

namespace skerry {

std::string NewUuid(Random& random) {
  const std::uint64_t high = (random.Next() & 0xffffffffffff0fffULL) | 0x0000000000004000ULL;
  const std::uint64_t low = (random.Next() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  const auto append = [&text](std::uint64_t bits, int first, int last) {
    for (int nibble = first; nibble >= last; --nibble) text.push_back(kHex[(bits >> (nibble * 4)) & 0xf]);
  };
  append(high, 15, 8);
  text.push_back('-');
  append(high, 7, 4);
  text.push_back('-');
  append(high, 3, 0);
  text.push_back('-');
  append(low, 15, 12);
  text.push_back('-');
  append(low, 11, 0);
  return text;
}

}  // namespace skerry
