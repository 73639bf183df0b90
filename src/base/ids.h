// Identities as types, so that an op id cannot be passed where a transaction id belongs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skerry {

// Position in a bucket's history (docs/protocol.md). 0 means "nothing yet"; on the wire a decimal string.
enum class OpId : std::int64_t {};
// Groups the upload queue's entries of one local transaction.
enum class TxId : std::int64_t {};
// Write checkpoint, also called checkpoint request id; positive. On the wire a decimal string.
enum class WriteCheckpoint : std::int64_t {};

constexpr std::int64_t Raw(OpId id) { return static_cast<std::int64_t>(id); }
constexpr std::int64_t Raw(TxId id) { return static_cast<std::int64_t>(id); }
constexpr std::int64_t Raw(WriteCheckpoint id) { return static_cast<std::int64_t>(id); }

// Signed 64-bit decimal text, the whole of it ("42", "-1"); nullopt for anything else (P-052).
std::optional<std::int64_t> ParseInt64(std::string_view text);

}  // namespace skerry
