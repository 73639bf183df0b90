#include "replication/postgres/lsn.h"

#include <charconv>
#include <cstdio>

namespace skerry::replication::pg {
namespace {

std::optional<std::uint64_t> ParseHex(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Lsn> ParseLsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = ParseHex(text.substr(0, slash));
  const auto low = ParseHex(text.substr(slash + 1));
  if (!high || !low || *high > 0xffffffff || *low > 0xffffffff) return std::nullopt;
  return Lsn{*high << 32 | *low};
}

std::string ToText(Lsn lsn) {
  char text[24];
  std::snprintf(text, sizeof text, "%X/%X", static_cast<unsigned>(Raw(lsn) >> 32),
                static_cast<unsigned>(Raw(lsn) & 0xffffffff));
  return text;
}

std::string ToPosition(Lsn lsn) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llX", static_cast<unsigned long long>(Raw(lsn)));
  return text;
}

Lsn FromPosition(std::string_view position) { return Lsn{ParseHex(position).value_or(0)}; }

}  // namespace skerry::replication::pg
