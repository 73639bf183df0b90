// The lines of a sync stream as values, independent of JSON or BSON (docs/protocol.md, section 6).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "bucket/checkpoint.h"
#include "bucket/operation.h"

namespace skerry::protocol {

enum class Encoding : std::uint8_t { kNdjson, kBson };
inline constexpr std::string_view kNdjsonType = "application/x-ndjson";
inline constexpr std::string_view kBsonType = "application/vnd.powersync.bson-stream";

// Operations borrow from the decoder's input and scratch memory: valid until the next line is decoded.
struct DataLine {
  std::string_view bucket;
  std::vector<bucket::Operation> operations;
  bool has_more = false;
  std::optional<OpId> after;
  std::optional<OpId> next_after;
};
struct CheckpointComplete {
  OpId last_op_id{};
};
struct PartialCheckpointComplete {
  OpId last_op_id{};
  bucket::Priority priority = bucket::kDefaultPriority;
};
struct TokenExpiresIn {
  std::chrono::seconds left{0};
};
// A kind this version does not know: passes and changes nothing.
struct UnknownLine {
  std::string_view key;
};

using Line = std::variant<bucket::Checkpoint, bucket::CheckpointDiff, DataLine, CheckpointComplete,
                          PartialCheckpointComplete, TokenExpiresIn, UnknownLine>;

}  // namespace skerry::protocol
