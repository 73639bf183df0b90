#include "service.h"

#include <poll.h>
#include <unistd.h>

#include <tuple>

#include "replication/sqlite/sqlite_source.h"

namespace skerry::test {
namespace {

struct SnapshotIndex final : rules::IndexReader {
  explicit SnapshotIndex(storage::Snapshot& snapshot) : snapshot_(snapshot) {}
  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override {
    return snapshot_.Lookup(index, keys, limit);
  }
  storage::Snapshot& snapshot_;
};

}  // namespace

Service::Service(const std::string& setup, const std::string& streams) {
  OpenApp();
  Must(app->Execute(setup));
  Configure(streams);
  Start();
}

Service::Service(OpenSource open, const std::string& streams) : open_source(std::move(open)) {
  Configure(streams);
  Start();
}

void Service::Configure(const std::string& streams) {
  rules::Compiled compiled = rules::Compile("config:\n  edition: 3\nstreams:\n" + streams);
  if (!compiled.plan) throw std::runtime_error(rules::Format(compiled.diagnostics.at(0), "config"));
  plan = std::move(compiled.plan);
}

void Service::Start() {
  if (open_source) {
    source = open_source(random, log);
  } else {
    if (!app) OpenApp();
    source = Must(replication::OpenSqliteSource({.path = source_path}, random, log));
  }
  writer = Must(storage::OpenSqliteWriter(storage_path));
  reader = Must(storage::OpenSqliteReader(storage_path));
  ingester = Must(ingest::Ingester::Start(plan, *source, *writer, log));
  if (open_source) return CatchUp();
  do Poll();
  while (!ingester->CanServe());
}

void Service::OpenApp() {
  Result<std::unique_ptr<sqlite::Connection>> db = sqlite::Connection::Open({.path = source_path, .page_size = 4096});
  while (!db.ok() && db.error().code == ErrorCode::kStorageBusy) {
    usleep(1000);
    db = sqlite::Connection::Open({.path = source_path, .page_size = 4096});
  }
  app = Must(std::move(db));
  Must(app->Execute("PRAGMA recursive_triggers = OFF; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000"));
}

void Service::Stop() {
  ingester.reset();
  reader.reset();
  writer.reset();
  source.reset();
  app.reset();
}

bool Service::Do(const std::string& sql) {
  Must(app->Execute(sql));
  return Poll().has_value();
}

std::optional<storage::Published> Service::Poll() {
  ingest::Ingester::Step step;
  do step = Must(ingester->Poll());
  while (step.is_unfinished);
  return step.published;
}

Result<ingest::Ingester::Step> Service::Look() {
  const replication::Wait wait = source->NextPoll();
  pollfd readable{.fd = wait.readable, .events = POLLIN, .revents = 0};
  if (wait.longest.count() > 0) (void)poll(&readable, 1, static_cast<int>(wait.longest.count()));
  return ingester->Poll();
}

void Service::CatchUp() {
  int failures = 0;
  const auto look = [&] {
    const auto step = Look();
    if (step.ok()) return;
    if (step.error().code != ErrorCode::kSource || ++failures > 500) throw std::runtime_error(step.error().message);
  };
  Result<std::string> head = source->Head();
  for (; !head.ok() || !ingester->CanServe(); head = source->Head()) look();
  while (!source->EmitMarker().ok()) look();
  while (writer->checkpoint().position <= *head) look();
}

Rows Service::Download(const std::string& token, const std::vector<rules::Subscription>& subscriptions) {
  auto evaluator = Must(rules::RequestEvaluator::Create(
      plan, writer->checkpoint().deployment, {.token_json = token, .subscriptions = subscriptions},
      {.buckets = 100'000, .index_rows = 100'000, .index_keys = 100'000}));
  auto snapshot = Must(reader->Open());
  SnapshotIndex indexes(*snapshot);
  const rules::Evaluation evaluation = Must(evaluator.Evaluate(indexes));
  std::map<std::string, std::pair<std::int64_t, std::string>> newest;
  for (const rules::VisibleBucket& visible : evaluation.buckets) {
    const std::string names[] = {visible.name};
    const storage::BucketTotal total = Must(snapshot->Totals(names))[0];
    bucket::Checksum sum;
    std::int64_t count = 0;
    std::map<std::tuple<std::string, std::string>, std::pair<std::int64_t, std::string>> puts;  // (row, subkey)
    OpId after{0};
    for (bool has_more = true; has_more;) {
      const storage::Chunk chunk = Must(reader->Scan(visible.name, after, snapshot->checkpoint().op, {}));
      for (const bucket::Operation& op : chunk.operations) {
        sum += op.checksum;
        ++count;
        const auto identity =
            std::tuple(std::string(op.object_type) + "/" + std::string(op.object_id), std::string(*op.subkey));
        puts.erase(identity);
        if (op.kind == bucket::OpKind::kPut) puts.emplace(identity, std::pair(Raw(op.id), std::string(*op.data)));
      }
      after = chunk.next_after;
      has_more = chunk.has_more;
    }
    if (sum != total.checksum || count != total.count) throw std::runtime_error("wrong total of " + visible.name);
    for (const auto& [identity, put] : puts) {
      auto& row = newest[std::get<0>(identity)];
      if (put.first > row.first) row = put;
    }
  }
  Rows rows;
  for (auto& [row, put] : newest) rows.emplace(row, std::move(put.second));
  return rows;
}

std::vector<std::string> Service::Buckets(const std::string& token) {
  auto evaluator = Must(rules::RequestEvaluator::Create(plan, writer->checkpoint().deployment, {.token_json = token}));
  auto snapshot = Must(reader->Open());
  SnapshotIndex indexes(*snapshot);
  std::vector<std::string> names;
  for (const rules::VisibleBucket& visible : Must(evaluator.Evaluate(indexes)).buckets) names.push_back(visible.name);
  return names;
}

std::vector<std::string> Service::Log(const std::string& bucket) {
  const storage::Chunk chunk = Must(reader->Scan(bucket, OpId{0}, writer->checkpoint().op, {.operations = 100'000}));
  std::vector<std::string> lines;
  for (const bucket::Operation& op : chunk.operations) {
    std::string line = std::to_string(Raw(op.id)) + (op.kind == bucket::OpKind::kPut ? " PUT " : " REMOVE ");
    line += std::string(op.object_type) + "/" + std::string(op.object_id);
    if (op.data) line += " " + std::string(*op.data);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace skerry::test
