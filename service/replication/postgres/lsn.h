// A place in Postgres' write-ahead log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skerry::replication::pg {

enum class Lsn : std::uint64_t {};

constexpr std::uint64_t Raw(Lsn lsn) { return static_cast<std::uint64_t>(lsn); }

// As Postgres writes it: "16/B374D848".
std::optional<Lsn> ParseLsn(std::string_view text);
std::string ToText(Lsn lsn);

// As positions have it: 16 hexadecimal digits, so that bytes order as places do. 0 for anything else.
std::string ToPosition(Lsn lsn);
Lsn FromPosition(std::string_view position);

}  // namespace skerry::replication::pg
