// A service without edges: real rules over real storage in a temporary file, and the hub and sessions on top. Rows are
// written as the ingester would; time stands still unless a test moves it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "protocol/encode.h"
#include "protocol/request.h"
#include "row/table.h"
#include "row/value.h"
#include "rules/plan.h"
#include "rules/row_evaluator.h"
#include "storage/storage.h"
#include "stream/hub.h"
#include "stream/session.h"

namespace skerry::test {

// The real reader, counted.
class CountingReader final : public storage::Reader {
 public:
  explicit CountingReader(std::unique_ptr<storage::Reader> reader) : reader_(std::move(reader)) {}
  Result<std::unique_ptr<storage::Snapshot>> Open() override {
    ++opens;
    return reader_->Open();
  }
  Result<storage::Chunk> Scan(std::string_view bucket, OpId after, OpId upto,
                              const storage::ScanLimit& limit) override {
    ++scans;
    return reader_->Scan(bucket, after, upto, limit);
  }
  int opens = 0;
  int scans = 0;

 private:
  std::unique_ptr<storage::Reader> reader_;
};

class Rig {
 public:
  // Tables have the columns of `columns`, the first being the key.
  explicit Rig(const std::string& streams_yaml, std::map<std::string, std::vector<std::string>> columns);
  ~Rig();

  // In the batch that the next Publish() ends.
  void Put(const std::string& table, const std::vector<std::string>& values);
  void Remove(const std::string& table, const std::string& key);
  // Makes the batch visible and tells the hub.
  void Publish();
  // Makes the batch visible; the hub hears of it with the next Tell().
  void PublishSilently();
  void Tell();
  void StartDeployment();
  // Compacts every bucket up to what is published.
  void Compact();

  std::vector<WriteCheckpoint> RequestWrites(const std::string& user_key, std::optional<WriteCheckpoint> supplied = {});

  // Opens a session of `user` until its token expires after `life`.
  std::unique_ptr<stream::Session> Open(const std::string& user, const protocol::StreamRequest& request = {},
                                        std::chrono::seconds life = std::chrono::hours(1));
  // The next line as NDJSON without its end; "wait" or "end" if there is none, "error: ..." for a failure.
  std::string Line(stream::Session& session);
  // All lines until the session waits or ends.
  std::vector<std::string> Lines(stream::Session& session);

  TimePoint now{std::chrono::milliseconds(1000), std::chrono::seconds(1'800'000'000)};
  stream::SessionOptions options;
  int wakes = 0;  // How often any session asked to be pulled again.
  stream::Hub& hub() { return *hub_; }
  CountingReader& reader() { return *reader_; }
  stream::ChunkCache chunks;

 private:
  struct Folder {
    std::filesystem::path path;
    ~Folder();
  };
  void BeginBatch();

  Folder folder_;
  std::shared_ptr<const rules::Plan> plan_;
  std::map<std::string, row::Table> tables_;
  std::unique_ptr<storage::Writer> writer_;
  std::unique_ptr<CountingReader> reader_;
  std::map<std::string, rules::RowEvaluator> evaluators_;
  std::unique_ptr<stream::Hub> hub_;
  SeededRandom random_{1};
  std::unique_ptr<stream::SessionHost> host_;
  std::vector<storage::Published> untold_;
  bool in_batch_ = false;
  std::int64_t position_ = 0;
};

}  // namespace skerry::test
