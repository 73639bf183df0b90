// The data side of the service as a whole: a source (an app's SQLite file, or another that the test opens), a sync
// config, a storage, and what a client that asks for everything would hold.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "ingest/ingester.h"
#include "rules/request_evaluator.h"
#include "sqlite/connection.h"
#include "support/must.h"
#include "support/temp_dir.h"

namespace skerry::test {

// "table/id" → data. What a client shows: of several rows with one id the newest counts.
using Rows = std::map<std::string, std::string>;

class Service {
 public:
  // `setup` makes the app's tables, `streams` is the text under "streams:".
  Service(const std::string& setup, const std::string& streams);
  // Over any source, opened anew by each Start().
  using OpenSource = std::function<std::unique_ptr<replication::Source>(Random& random, LogSink& log)>;
  Service(OpenSource open, const std::string& streams);

  // Opens what is closed and continues; closes everything (a clean stop).
  void Start();
  void Stop();
  // The app's own connection, set as the sqlite3 shell has it. Waits while the file is locked.
  void OpenApp();
  void Configure(const std::string& streams);

  // Runs `sql` as the app and takes what changed. True if a checkpoint was published.
  bool Do(const std::string& sql);
  std::optional<storage::Published> Poll();
  // Takes everything that was committed in the source so far, waiting for it as the source says. A source that is away
  // for a moment is asked again.
  void CatchUp();
  // One look at the source, after waiting as it says.
  Result<ingest::Ingester::Step> Look();

  // Downloads every bucket of the request from the start, checking each sum and count against the stored total.
  Rows Download(const std::string& token, const std::vector<rules::Subscription>& subscriptions = {});
  std::vector<std::string> Buckets(const std::string& token);
  // "3 PUT boats/b1 {...}"
  std::vector<std::string> Log(const std::string& bucket);
  std::int64_t LastOp() { return Raw(writer->checkpoint().op); }

  TempDir dir;
  std::string source_path = dir / "app.db";
  std::string storage_path = dir / "storage.db";
  OpenSource open_source;
  SeededRandom random{1};
  LogLines log;
  std::shared_ptr<const rules::Plan> plan;
  std::unique_ptr<sqlite::Connection> app;
  std::unique_ptr<replication::Source> source;
  std::unique_ptr<storage::Writer> writer;
  std::unique_ptr<storage::Reader> reader;
  std::unique_ptr<ingest::Ingester> ingester;
};

}  // namespace skerry::test
