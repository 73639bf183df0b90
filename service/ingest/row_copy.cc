#include "ingest/row_copy.h"

#include <algorithm>
#include <cstring>

namespace skerry::ingest {
namespace {

// Before each value: its column, type and size.
struct Header {
  std::uint32_t column = 0;
  std::uint32_t type = 0;
  std::uint64_t size = 0;
};

void AppendBytes(std::string& out, const void* bytes, std::size_t size) {
  out.append(static_cast<const char*>(bytes), size);
}

// Takes a T off the front of `text`, unless that is too short.
template <typename T>
bool Take(std::string_view& text, T& value) {
  if (text.size() < sizeof value) return false;
  std::memcpy(&value, text.data(), sizeof value);
  text.remove_prefix(sizeof value);
  return true;
}

bool Decode(std::uint32_t type, std::string_view bytes, row::Value& value) {
  value = {};
  value.type = static_cast<row::Type>(type);
  switch (value.type) {
    case row::Type::kNull:
      return true;
    case row::Type::kInteger:
      return Take(bytes, value.integer);
    case row::Type::kReal:
      return Take(bytes, value.real);
    case row::Type::kText:
    case row::Type::kBlob:
      value.bytes = bytes;
      return true;
  }
  return false;
}

}  // namespace

void AppendRowCopy(std::string& out, std::span<const row::Value> values, std::span<const int> columns) {
  for (const int column : columns) {
    const row::Value& value = values[static_cast<std::size_t>(column)];
    Header header{.column = static_cast<std::uint32_t>(column), .type = static_cast<std::uint32_t>(value.type)};
    if (value.type == row::Type::kInteger || value.type == row::Type::kReal) header.size = 8;
    if (value.type == row::Type::kText || value.type == row::Type::kBlob) header.size = value.bytes.size();
    AppendBytes(out, &header, sizeof header);
    if (value.type == row::Type::kInteger) {
      AppendBytes(out, &value.integer, sizeof value.integer);
    } else if (value.type == row::Type::kReal) {
      AppendBytes(out, &value.real, sizeof value.real);
    } else {
      out += value.bytes;
    }
  }
}

bool RestoreFromCopy(std::string_view copy, std::span<const int> missing, std::span<row::Value> values) {
  std::size_t restored = 0;
  Header header;
  while (Take(copy, header)) {
    if (header.size > copy.size()) return false;
    const std::string_view bytes = copy.substr(0, header.size);
    copy.remove_prefix(header.size);
    const int column = static_cast<int>(header.column);
    if (header.column >= values.size() || std::find(missing.begin(), missing.end(), column) == missing.end()) continue;
    if (!Decode(header.type, bytes, values[header.column])) return false;
    ++restored;
  }
  return restored == missing.size();
}

}  // namespace skerry::ingest
