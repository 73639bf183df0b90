// How fast a first sync reaches the app's tables, against the floor: the same rows put into the same table by a
// prepared INSERT in one transaction.
//
//   publish_bench [rows = 100000] [runs = 5] [folder = /tmp] [distinct values in the index = 50]
//
// Both run natively on a file in WAL mode. The sync path starts at bytes in memory: lines are cut, decoded, stored,
// flushed, validated, reduced, published. Prints milliseconds of CPU and rows per second of each part, medians over the
// runs.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "protocol/decode.h"
#include "protocol/encode.h"
#include "protocol/line_reader.h"
#include "schema/ddl.h"
#include "store/download_store.h"
#include "store/migrations.h"

namespace {

using namespace skerry;

constexpr int kBuckets = 10;
constexpr std::size_t kRowsPerLine = 1000;
constexpr std::size_t kChunkBytes = 64 * 1024;
struct Row {
  std::string id, list_id, description, created_at, json;
  std::int64_t completed = 0;
  double rank = 0;
};

[[noreturn]] void Die(const Error& error) {
  std::fprintf(stderr, "publish_bench: %s\n", error.message.c_str());
  std::exit(1);
}
void Must(const Status& status) {
  if (!status.ok()) Die(status.error());
}
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) Die(result.error());
  return *std::move(result);
}

std::vector<Row> MakeRows(std::size_t count, int list_count) {
  SeededRandom random(1);
  std::vector<std::string> lists;
  for (int i = 0; i < list_count; ++i) lists.push_back(NewUuid(random));
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    row.id = NewUuid(random);
    row.list_id = lists[random.Next() % lists.size()];
    row.description = "Buy milk and remember to say \"thanks\" " + std::to_string(random.Next() % 100000);
    row.created_at = "2026-11-22T12:00:" + std::to_string(10 + random.Next() % 50) + "Z";
    row.completed = static_cast<std::int64_t>(random.Next() % 2);
    row.rank = static_cast<double>(random.Next() % 1000) / 8;
    JsonWriter json(row.json);
    json.BeginObject().Key("id").String(row.id).Key("list_id").String(row.list_id);
    json.Key("description").String(row.description).Key("created_at").String(row.created_at);
    json.Key("completed").Int(row.completed).Key("rank").Double(row.rank).EndObject();
  }
  return rows;
}

struct Download {
  std::string bytes;
  bucket::Checkpoint checkpoint;
};

Download MakeDownload(const std::vector<Row>& rows, protocol::Encoding encoding) {
  Download download;
  std::int64_t op_id = 0;
  const std::size_t per_bucket = (rows.size() + kBuckets - 1) / kBuckets;
  for (std::size_t b = 0; b * per_bucket < rows.size(); ++b) {
    bucket::BucketState state;
    state.name = "by_user[\"" + std::to_string(b) + "\"]";
    const std::size_t end = std::min((b + 1) * per_bucket, rows.size());
    for (std::size_t at = b * per_bucket; at < end; at += kRowsPerLine) {
      protocol::DataLine line;
      line.bucket = state.name;
      for (std::size_t i = at; i < std::min(at + kRowsPerLine, end); ++i) {
        bucket::Operation op;
        op.id = OpId{++op_id};
        op.object_type = "todos";
        op.object_id = rows[i].id;
        op.data = rows[i].json;
        op.checksum = bucket::Checksum(static_cast<std::uint32_t>(op_id * 2654435761u));
        state.checksum += op.checksum;
        line.operations.push_back(op);
      }
      protocol::AppendLine(download.bytes, line, {encoding, true});
    }
    state.count = static_cast<std::int64_t>(end - b * per_bucket);
    download.checkpoint.buckets.push_back(std::move(state));
  }
  download.checkpoint.last_op_id = OpId{op_id};
  return download;
}

class Stopwatch {
 public:
  double Lap() {
    const std::clock_t now = std::clock();
    const double ms = static_cast<double>(now - start_) * 1000 / CLOCKS_PER_SEC;
    start_ = now;
    return ms;
  }

 private:
  // CPU time, user and system: other processes of the machine do not count.
  std::clock_t start_ = std::clock();
};

// A database in a file of its own, removed at the end.
struct File {
  std::string path;
  std::unique_ptr<sqlite::Connection> db;

  explicit File(const std::string& folder)
      : path(folder + "/skerry-publish-bench-" + std::to_string(getpid()) + ".db") {
    Remove();
    db = Must(sqlite::Connection::Open({.path = path}));
    Must(db->Execute("PRAGMA synchronous = NORMAL"));
  }
  ~File() {
    db.reset();
    Remove();
  }
  void Remove() const {
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  }
};

void CreateTables(sqlite::Connection& db, const schema::Schema& schema) {
  for (const schema::Table& table : schema.tables) {
    Must(db.Execute(schema::CreateTable(table)));
    for (const std::string& trigger : schema::CreateTriggers(table)) Must(db.Execute(trigger));
    for (const schema::Index& index : table.indexes) Must(db.Execute(schema::CreateIndex(table, index)));
  }
}

double RunFloor(const std::string& folder, const std::vector<Row>& rows) {
  File file(folder);
  Must(
      file.db->Execute("CREATE TABLE todos(id TEXT PRIMARY KEY, list_id TEXT, description TEXT, created_at TEXT, "
                       "completed INTEGER, rank REAL); CREATE INDEX todos__list ON todos(list_id)"));
  Stopwatch watch;
  auto write = Must(sqlite::WriteTransaction::Begin(*file.db));
  auto insert = Must(file.db->Prepare("INSERT INTO todos VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  for (const Row& row : rows) {
    Must(insert.Run(row.id, row.list_id, row.description, row.created_at, row.completed, row.rank));
  }
  Must(write.Commit());
  return watch.Lap();
}

struct SyncTimes {
  double download = 0;
  double publish = 0;
  double longest_slice = 0;
};

SyncTimes RunSync(const std::string& folder, const Download& download, protocol::Encoding encoding,
                  const schema::Schema& schema, std::size_t expected_rows) {
  File file(folder);
  SeededRandom random(2);
  {
    auto write = Must(sqlite::WriteTransaction::Begin(*file.db));
    Must(store::Migrate(write, random));
    CreateTables(*file.db, schema);
    Must(write.Commit());
  }
  store::Capture capture(*file.db);
  Must(capture.Install());
  Must(capture.SetSchema(schema));
  store::DownloadStore store(*file.db, capture);
  Must(store.SetSchema(schema));

  SyncTimes times;
  Stopwatch watch;
  Must(store.Start());
  Must(store.TrackCheckpoint(download.checkpoint, {}));
  protocol::LineReader reader(encoding);
  protocol::LineDecoder decoder(encoding);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(download.bytes.data());
  for (std::size_t at = 0; at < download.bytes.size(); at += kChunkBytes) {
    reader.Feed({bytes + at, std::min(kChunkBytes, download.bytes.size() - at)});
    for (;;) {
      const auto text = Must(reader.Next());
      if (!text) break;
      const auto line = Must(decoder.Decode(*text));
      const auto& data = std::get<protocol::DataLine>(line);
      store.StoreLine(data.bucket, data.operations, text->size());
    }
    if (store.WantsFlush()) Must(store.Flush());
  }
  times.download = watch.Lap();

  const auto start = Must(store.BeginPublish(download.checkpoint, std::nullopt, {}));
  if (start.outcome != store::PublishStart::Outcome::kStarted) Die({ErrorCode::kInternal, "the publish did not start"});
  for (;;) {
    Stopwatch slice;
    const auto step = Must(store.ContinuePublish(2000));
    times.longest_slice = std::max(times.longest_slice, slice.Lap());
    if (step == store::PublishStep::kDone) break;
  }
  times.publish = watch.Lap();
  const auto rows = Must(file.db->QueryInt("SELECT count(*) FROM todos WHERE rank IS NOT NULL"));
  if (!rows || static_cast<std::size_t>(*rows) != expected_rows) Die({ErrorCode::kInternal, "rows are missing"});
  return times;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Print(const char* name, std::size_t rows, double ms, double floor_ms) {
  std::printf("%-34s %9.1f ms %10.0f rows/s %6.0f %% of the floor\n", name, ms, static_cast<double>(rows) * 1000 / ms,
              100 * floor_ms / ms);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100000;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string folder = argc > 3 ? argv[3] : "/tmp";
  const auto schema = Must(schema::Schema::Parse(
      R"({"tables":[{"name":"todos","columns":[{"name":"list_id","type":"text"},{"name":"description","type":"text"},
          {"name":"created_at","type":"text"},{"name":"completed","type":"integer"},{"name":"rank","type":"real"}],
          "indexes":[{"name":"list","columns":[{"name":"list_id","ascending":true,"type":"text"}]}]}]})"));
  const std::vector<Row> rows = MakeRows(count, argc > 4 ? std::atoi(argv[4]) : 50);
  const Download json = MakeDownload(rows, protocol::Encoding::kNdjson);
  const Download bson = MakeDownload(rows, protocol::Encoding::kBson);
  std::printf("%zu rows of %zu bytes, NDJSON %.1f MB, BSON %.1f MB, %d runs\n", rows.size(), rows.front().json.size(),
              static_cast<double>(json.bytes.size()) / 1e6, static_cast<double>(bson.bytes.size()) / 1e6, runs);

  std::vector<double> floor;
  std::vector<double> parts[2][4];
  for (int run = 0; run < runs; ++run) {
    floor.push_back(RunFloor(folder, rows));
    for (int kind = 0; kind < 2; ++kind) {
      const auto encoding = kind == 0 ? protocol::Encoding::kNdjson : protocol::Encoding::kBson;
      const SyncTimes times = RunSync(folder, kind == 0 ? json : bson, encoding, schema, rows.size());
      parts[kind][0].push_back(times.download);
      parts[kind][1].push_back(times.publish);
      parts[kind][2].push_back(times.download + times.publish);
      parts[kind][3].push_back(times.longest_slice);
    }
  }
  const double floor_ms = Median(floor);
  Print("floor: prepared inserts", count, floor_ms, floor_ms);
  for (int kind = 0; kind < 2; ++kind) {
    const std::string name = kind == 0 ? "NDJSON " : "BSON ";
    Print((name + "download").c_str(), count, Median(parts[kind][0]), floor_ms);
    Print((name + "publish").c_str(), count, Median(parts[kind][1]), floor_ms);
    Print((name + "whole sync").c_str(), count, Median(parts[kind][2]), floor_ms);
    std::printf("%-34s %9.1f ms\n", (name + "longest slice of 2,000 rows").c_str(), Median(parts[kind][3]));
  }
}
