#include "watch/row_hash.h"

#include <cstring>

#include "base/bit_cast.h"

namespace skerry::watch {
namespace {

std::uint64_t Mix(std::uint64_t hash, std::uint64_t word) {
  hash ^= word;
  hash *= 0xd6e8feb86659fd93ULL;
  hash ^= hash >> 32;
  return hash;
}

std::uint64_t MixBytes(std::uint64_t hash, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  hash = Mix(hash, size);
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    hash = Mix(hash, word);
  }
  if (size != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, size);
    hash = Mix(hash, word);
  }
  return hash;
}

}  // namespace

std::uint64_t HashRow(const sqlite::Statement& statement, std::uint64_t seed) {
  std::uint64_t hash = Mix(seed, 0x9e3779b97f4a7c15ULL);
  const int columns = statement.ColumnCount();
  for (int i = 0; i < columns; ++i) {
    const sqlite::ValueType type = statement.Type(i);
    hash = Mix(hash, static_cast<std::uint64_t>(type));
    switch (type) {
      case sqlite::ValueType::kInteger:
        hash = Mix(hash, static_cast<std::uint64_t>(statement.Int64(i)));
        break;
      case sqlite::ValueType::kReal:
        hash = Mix(hash, BitCast<std::uint64_t>(statement.Double(i)));
        break;
      case sqlite::ValueType::kText: {
        const auto text = statement.Text(i);
        hash = MixBytes(hash, text.data(), text.size());
        break;
      }
      case sqlite::ValueType::kBlob: {
        const auto bytes = statement.Bytes(i);
        hash = MixBytes(hash, bytes.data(), bytes.size());
        break;
      }
      case sqlite::ValueType::kNull:
        break;
    }
  }
  hash ^= hash >> 29;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ hash >> 32;
}

}  // namespace skerry::watch
