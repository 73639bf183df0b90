#include "support/download_rig.h"

#include "store/key_value.h"
#include "support/catch.h"

namespace skerry::test {

bucket::Operation Op::View() const {
  bucket::Operation operation;
  operation.id = OpId{id};
  operation.kind = kind;
  if (type) operation.object_type = *type;
  if (row) operation.object_id = *row;
  if (subkey) operation.subkey = *subkey;
  if (data) operation.data = *data;
  operation.checksum = bucket::Checksum(checksum.value_or(static_cast<std::uint32_t>(id * 2654435761)));
  return operation;
}

Op Put(std::int64_t id, std::string type, std::string row, std::string data) {
  return {bucket::OpKind::kPut, id, std::move(type), std::move(row), std::move(data), {}, {}};
}
Op Remove(std::int64_t id, std::string type, std::string row) {
  return {bucket::OpKind::kRemove, id, std::move(type), std::move(row), {}, {}, {}};
}
Op Move(std::int64_t id) { return {bucket::OpKind::kMove, id, {}, {}, {}, {}, {}}; }
Op Clear(std::int64_t id, std::uint32_t checksum) { return {bucket::OpKind::kClear, id, {}, {}, {}, {}, checksum}; }
Op WithSubkey(Op op, std::string subkey) {
  op.subkey = std::move(subkey);
  return op;
}
Op PutList(std::int64_t id, std::string row, std::string name) {
  return Put(id, "lists", std::move(row), R"({"name":")" + name + R"("})");
}

void Require(const Status& status) {
  if (!status.ok()) FAIL(status.error().message);
}

DownloadRig::DownloadRig(std::string_view schema_json, sqlite::OpenOptions options, store::DownloadOptions chosen)
    : download_options(chosen), local(schema_json, std::move(options)) {
  Restart();
}

void DownloadRig::Restart() {
  downloads = std::make_unique<store::DownloadStore>(*local.db, *local.capture, download_options);
  Require(downloads->SetSchema(local.schema));
  Require(downloads->Start());
}

void DownloadRig::ApplySchema(std::string_view json) {
  Require(local.ApplySchema(json));
  Require(downloads->SetSchema(local.schema));
}

void DownloadRig::Line(std::string_view bucket, const std::vector<Op>& operations) {
  std::vector<bucket::Operation> views;
  Sent& sent = sent_[std::string(bucket)];
  for (const Op& op : operations) {
    views.push_back(op.View());
    if (op.kind == bucket::OpKind::kClear) sent.sum = bucket::Checksum();
    sent.sum += views.back().checksum;
    ++sent.count;
    last_op_ = std::max(last_op_, op.id);
  }
  downloads->StoreLine(bucket, views, 100);
}

bucket::Checkpoint DownloadRig::Checkpoint(const std::vector<BucketSpec>& buckets,
                                           std::optional<std::int64_t> write_checkpoint) const {
  bucket::Checkpoint checkpoint;
  checkpoint.last_op_id = OpId{last_op_};
  if (write_checkpoint) checkpoint.write_checkpoint = WriteCheckpoint{*write_checkpoint};
  for (const BucketSpec& spec : buckets) {
    bucket::BucketState state;
    state.name = spec.name;
    state.priority = spec.priority;
    const auto sent = sent_.find(spec.name);
    if (sent != sent_.end()) state.checksum = sent->second.sum;
    state.count = sent == sent_.end() ? 0 : sent->second.count;
    checkpoint.buckets.push_back(std::move(state));
  }
  return checkpoint;
}

void DownloadRig::Track(const bucket::Checkpoint& checkpoint) { Require(downloads->TrackCheckpoint(checkpoint, {})); }

void DownloadRig::Flush() { Require(downloads->Flush()); }

Result<store::PublishStart> DownloadRig::TryComplete(const bucket::Checkpoint& checkpoint,
                                                     std::optional<bucket::Priority> priority, int budget) {
  SKERRY_ASSIGN(start, downloads->BeginPublish(checkpoint, priority, now));
  while (downloads->IsPublishing()) SKERRY_TRY(downloads->ContinuePublish(budget));
  return start;
}

store::PublishStart::Outcome DownloadRig::Complete(const bucket::Checkpoint& checkpoint,
                                                   std::optional<bucket::Priority> priority, int budget) {
  return Require(TryComplete(checkpoint, priority, budget)).outcome;
}

store::PublishStart::Outcome DownloadRig::Sync(const std::vector<BucketSpec>& buckets,
                                               std::optional<std::int64_t> write_checkpoint) {
  const bucket::Checkpoint checkpoint = Checkpoint(buckets, write_checkpoint);
  Track(checkpoint);
  return Complete(checkpoint);
}

void DownloadRig::CheckSums() {
  Flush();
  for (const store::BucketRow& row : downloads->Buckets()) {
    INFO(row.name);
    const auto sent = sent_.find(row.name);
    if (sent != sent_.end()) CHECK(row.total == sent->second.sum);
    const std::string id = std::to_string(row.id);
    const auto stored = local.OwnRows(
        "SELECT (add_checksum + op_checksum) & 0xffffffff, op_checksum, op_count FROM ps_buckets WHERE id = " + id);
    const auto oplog =
        local.OwnRows("SELECT " + std::to_string(row.total.value()) +
                      ", ifnull(sum(hash), 0) & 0xffffffff, count(*) FROM ps_oplog WHERE bucket = " + id);
    CHECK(stored == oplog);
  }
}

void DownloadRig::SetTarget(std::int64_t target) {
  auto write = Require(sqlite::WriteTransaction::Begin(*local.db));
  Require(store::SetTarget(write, WriteCheckpoint{target}));
  Require(write.Commit());
}

}  // namespace skerry::test
