// A checkpoint: the set of buckets a connection sees, each with checksum, count and priority, and the change from one
// to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "bucket/checksum.h"

namespace skerry::bucket {

// Lower is more urgent. Servers define 0 to 3; 2147483647 stands for "complete sync" on the client (P-084).
using Priority = std::int32_t;
inline constexpr Priority kDefaultPriority = 3;
inline constexpr Priority kFullSyncPriority = 2147483647;

// Why a bucket is in a checkpoint: a default stream (index into `streams`) or a subscription (index into the request).
struct Reason {
  bool is_default = false;
  std::int64_t index = 0;
  friend bool operator==(const Reason&, const Reason&) = default;
};

struct BucketState {
  std::string name;
  Checksum checksum;
  std::optional<std::int64_t> count;
  Priority priority = kDefaultPriority;
  std::vector<Reason> reasons;
};

struct StreamError {
  std::optional<std::int64_t> subscription;  // nullopt: the default subscription (P-091).
  std::string message;
};

struct StreamInfo {
  std::string name;
  bool is_default = false;
  std::vector<StreamError> errors;
};

struct Checkpoint {
  OpId last_op_id{};
  std::optional<WriteCheckpoint> write_checkpoint;
  std::vector<BucketState> buckets;
  std::vector<StreamInfo> streams;
};

struct CheckpointDiff {
  OpId last_op_id{};
  std::optional<WriteCheckpoint> write_checkpoint;
  std::vector<BucketState> updated_buckets;
  std::vector<std::string> removed_buckets;
};

// Removals first, then updates, then ids; `streams` stays (P-054, P-055).
void Apply(Checkpoint& checkpoint, CheckpointDiff diff);

// What changed from `before` to `after`: the diff line a service sends. nullopt when no line is due (section 9.1).
std::optional<CheckpointDiff> Difference(const Checkpoint& before, const Checkpoint& after);

}  // namespace skerry::bucket
