// A database with both halves of the store, fed as a service would: lines with checksums that add up, checkpoints that
// match what was sent.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/download_store.h"
#include "support/local_store.h"

namespace skerry::test {

// One operation that owns its texts.
struct Op {
  bucket::OpKind kind = bucket::OpKind::kPut;
  std::int64_t id = 0;
  std::optional<std::string> type;
  std::optional<std::string> row;
  std::optional<std::string> data;
  std::optional<std::string> subkey;
  std::optional<std::uint32_t> checksum;  // Absent: one made of the id.

  bucket::Operation View() const;
};

Op Put(std::int64_t id, std::string type, std::string row, std::string data);
Op Remove(std::int64_t id, std::string type, std::string row);
Op Move(std::int64_t id);
Op Clear(std::int64_t id, std::uint32_t checksum = 7);
Op WithSubkey(Op op, std::string subkey);

// PUT of a row of `lists` with this name.
Op PutList(std::int64_t id, std::string row, std::string name);

struct BucketSpec {
  BucketSpec(const char* bucket, bucket::Priority number = bucket::kDefaultPriority) : name(bucket), priority(number) {}
  BucketSpec(std::string bucket, bucket::Priority number = bucket::kDefaultPriority)
      : name(std::move(bucket)), priority(number) {}
  std::string name;
  bucket::Priority priority;
};

class DownloadRig {
 public:
  explicit DownloadRig(std::string_view schema_json = kTodoSchema, sqlite::OpenOptions options = {":memory:"},
                       store::DownloadOptions download_options = {});

  // Sends one data line.
  void Line(std::string_view bucket, const std::vector<Op>& operations);
  // What the service would send as checkpoint after the lines so far: these buckets, with true sums and counts.
  bucket::Checkpoint Checkpoint(const std::vector<BucketSpec>& buckets,
                                std::optional<std::int64_t> write_checkpoint = std::nullopt) const;
  // The checkpoint line, then its completion.
  store::PublishStart::Outcome Sync(const std::vector<BucketSpec>& buckets,
                                    std::optional<std::int64_t> write_checkpoint = std::nullopt);
  // A completion line, published to its end in slices of `budget` rows.
  store::PublishStart::Outcome Complete(const bucket::Checkpoint& checkpoint,
                                        std::optional<bucket::Priority> priority = std::nullopt, int budget = 3);
  // Same, without requirement that it succeeds.
  Result<store::PublishStart> TryComplete(const bucket::Checkpoint& checkpoint,
                                          std::optional<bucket::Priority> priority = std::nullopt, int budget = 3);

  void Track(const bucket::Checkpoint& checkpoint);
  void Flush();
  // A new DownloadStore on the same database, as after a restart. What was not flushed is gone.
  void Restart();
  void ApplySchema(std::string_view json);
  // What the service forgets of a bucket when the client downloads it again from 0.
  void Forget(std::string_view bucket) { sent_.erase(std::string(bucket)); }

  std::vector<std::string> Lists() { return local.OwnRows("SELECT id, name FROM lists ORDER BY id"); }
  // C-100 for every bucket: the stored sums add up to what was sent, op_checksum and op_count to ps_oplog.
  void CheckSums();
  void SetTarget(std::int64_t target);
  void EmptyQueue() { local.OwnSql("DELETE FROM ps_crud"); }

  store::DownloadOptions download_options;
  LocalStore local;
  std::unique_ptr<store::DownloadStore> downloads;
  TimePoint now{std::chrono::milliseconds(0), std::chrono::microseconds(1'000'000)};

 private:
  struct Sent {
    bucket::Checksum sum;
    std::int64_t count = 0;
  };
  std::map<std::string, Sent> sent_;
  std::int64_t last_op_ = 0;
};

// Fails the test with the error's message.
void Require(const Status& status);
template <typename T>
T Require(Result<T> result) {
  Require(result.ok() ? Status() : Status(result.error()));
  return *std::move(result);
}

}  // namespace skerry::test
