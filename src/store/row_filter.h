// A Bloom filter of row ids: "surely not seen before", in bounded memory.
//
// The first sync of an empty database takes several batches. Every row of a later batch would need a look into the
// oplog for entries of an earlier one; nearly all of these looks find nothing, and this tells so without them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace skerry::store {

class RowFilter {
 public:
  static constexpr std::size_t kBits = std::size_t{1} << 23;  // 1 MiB: under 3 % false hits up to a million rows.

  // Remembers the row. False if it surely was not remembered before.
  bool TestAndAdd(std::string_view type, std::string_view id) {
    if (words_.empty()) words_.resize(kBits / 64);
    const std::uint64_t hash = Mix(std::hash<std::string_view>()(id) ^ Mix(std::hash<std::string_view>()(type)));
    const std::uint64_t second = Mix(hash) | 1;
    bool seen = true;
    for (std::uint64_t i = 0, at = hash; i < 5; ++i, at += second) {
      std::uint64_t& word = words_[(at % kBits) / 64];
      const std::uint64_t bit = std::uint64_t{1} << (at % 64);
      seen = seen && (word & bit) != 0;
      word |= bit;
    }
    return seen;
  }

 private:
  static std::uint64_t Mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
  std::vector<std::uint64_t> words_;
};

}  // namespace skerry::store
