// What the client would rather have: the framing by Accept (P-030), the compression by Accept-Encoding (P-042).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/line.h"

namespace skerry::http {

// BSON only if the header is there and ranks it first; never "not acceptable".
protocol::Encoding NegotiateFraming(std::optional<std::string_view> accept);

enum class Compression : std::uint8_t { kIdentity, kGzip, kZstd };
// Among those with the highest weight: zstd, then gzip, then identity.
Compression NegotiateCompression(std::optional<std::string_view> accept_encoding);

// The value of a Content-Encoding header; empty for identity, which has none.
std::string_view HeaderName(Compression compression);

}  // namespace skerry::http
