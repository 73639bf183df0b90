// The database as its host sees it: numbered calls on bytes, a reply, flags that say what to do next
// (docs/module-abi.md). The one class that knows all rooms.
//
// One thread, one call at a time. A call does all its work before it returns, except a publish, which goes on in slices
// (flag `work`). Nothing here throws; a failed call leaves the database usable. Several databases do not meet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "client/abi.h"
#include "client/environment.h"
#include "client/leases.h"
#include "client/live_queries.h"
#include "client/result_buffer.h"
#include "schema/schema.h"
#include "store/download_store.h"
#include "sync/client.h"
#include "watch/change_set.h"

namespace skerry::client {

class Database {
 public:
  // Opens the file, creates or upgrades Skerry's tables, restores the schema applied last. `config`: see ParseConfig().
  static Result<std::unique_ptr<Database>> Open(std::string_view config, Environment environment);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  // Rolls back what is open and closes all connections. What was acknowledged stays.
  ~Database();

  // One call. True if it succeeded; the reply is then the operation's, else the error as JSON.
  bool Call(Op op, std::span<const std::uint8_t> payload, TimePoint now);
  // Of the last call; valid until the next one. Starts at an address that is a multiple of eight.
  std::string_view reply() const { return reply_; }
  // kFlag... bits, as of the last call.
  std::uint32_t flags() const;

 private:
  // Row changes on their way to the watches.
  class Changes final : public store::ChangeListener {
   public:
    explicit Changes(watch::ChangeSet& set) : set_(set) {}
    void OnRowChange(const sqlite::RowChange& change) override { set_.Add(change.table); }
    void OnCommit() override { set_.Commit(); }
    void OnRollback() override { set_.Rollback(); }

   private:
    watch::ChangeSet& set_;
  };

  Database(Config config, Environment environment, std::unique_ptr<Session> main);
  Status Start();
  Status TellSchema();

  Status Dispatch(Op op, std::span<const std::uint8_t> payload);
  Status Execute(std::span<const std::uint8_t> payload);
  Status ExecuteOn(Session& session, const StatementPayload& payload);
  Status OpenLease(std::string_view json);
  Status CloseLease(std::string_view json);
  Status OpenWatch(std::span<const std::uint8_t> payload);
  Status HandleEvent(std::string_view json);
  Status CheckpointAtRest();
  Status StreamBytes(std::span<const std::uint8_t> payload);
  Status Work();
  Status Drain();
  Status ApplySchema(std::string_view json);
  Status CompleteCrud(std::string_view json);
  Status Clear(std::string_view json);
  Status ResolveTables(std::span<const std::uint8_t> payload);
  Status Info();

  // What every call owes: changed tables to the watches and the tabs, the queue to the uploads, the timers.
  void Settle();
  void ReportChanges();
  void SetWatchTimer();
  void SetCheckpointTimer();

  Config config_;
  Environment environment_;
  std::unique_ptr<Session> main_;
  schema::Schema schema_;
  watch::ChangeSet changed_;
  Changes changes_{changed_};
  sync::Outbox outbox_;
  std::unique_ptr<store::DownloadStore> store_;
  std::unique_ptr<sync::Client> sync_;
  Leases leases_;
  LiveQueries live_queries_;
  ResultEncoder encoder_;
  std::vector<std::string> told_tables_;                  // Changed, to be told with the next kDrain.
  std::int64_t schema_version_ = 0;                       // SQLite's own: any DDL moves it.
  std::optional<std::chrono::milliseconds> watch_timer_;  // When the running timer fires.
  bool checkpoint_timer_runs_ = false;
  std::chrono::milliseconds active_at_{0};  // When the app or the stream last wanted something.
  std::string_view failed_sql_;
  std::string reply_;
  TimePoint now_;
};

// The error of Open() as JSON, for hosts without Result.
std::string OpenErrorJson(const Error& error);

}  // namespace skerry::client
