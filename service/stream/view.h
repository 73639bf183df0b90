// What one connection sees: the buckets of its request at the newest checkpoint, and the change since the last time it
// looked.
//
// A look reads one snapshot, so everything in a checkpoint line is of one moment. Between looks the view tells from the
// published changes alone whether looking again can show anything new: an idle connection costs storage nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bucket/checkpoint.h"
#include "rules/request_evaluator.h"
#include "storage/storage.h"
#include "stream/download.h"

namespace skerry::stream {

class View {
 public:
  static Result<View> Create(std::shared_ptr<const rules::Plan> plan, std::int64_t deployment, rules::Request request,
                             const rules::Limits& limits, std::string user_key);

  // Whether `published` may change what Look() gives. May say yes in vain, never no.
  bool IsConcernedBy(const storage::Published& published) const;

  struct Sight {
    // Another deployment's data: the connection has to be made anew.
    bool is_other_deployment = false;
    // The line to send: a checkpoint the first time, a diff later; neither if nothing changed for this connection.
    std::optional<bucket::Checkpoint> checkpoint;
    std::optional<bucket::CheckpointDiff> diff;
    // The buckets to download for it.
    std::vector<Download::Wanted> wanted;
  };
  // kLimit if the request sees too much (PSYNC_S2305). With `required`, the checkpoint is at or above it, and its line
  // is sent also if nothing changed: the last one that was sent will not be completed.
  Result<Sight> Look(storage::Reader& reader, std::optional<OpId> required = {});

  // Of the last line.
  OpId last_op_id() const { return sent_.last_op_id; }
  const std::string& user_key() const { return user_key_; }

 private:
  View(rules::RequestEvaluator evaluator, std::int64_t deployment, std::string user_key);
  Status Evaluate(storage::Snapshot& snapshot, const storage::Changes& changes);
  Status ReadTotals(storage::Snapshot& snapshot, const storage::Changes& changes);
  bucket::Checkpoint Assemble(const storage::Checkpoint& at, std::optional<WriteCheckpoint> acknowledged) const;
  bool ReadsOneOf(const storage::Changes& changes) const;

  rules::RequestEvaluator evaluator_;
  std::int64_t deployment_;
  std::string user_key_;
  std::optional<storage::Checkpoint> seen_;  // Of the last look.
  rules::Evaluation evaluation_;
  std::unordered_map<std::string, storage::BucketTotal> totals_;  // Of the visible buckets.
  bucket::Checkpoint sent_;
};

}  // namespace skerry::stream
