// The sync client as one thing: events go in, instructions come out of the outbox.
//
// Owns the machines and what they share; borrows the connection, the store and the outbox. Holds no row data.
// Everything that lasts is in the database, so a client made anew over the same file goes on where this one stopped.
#pragma once

#include <memory>

#include "sync/download_machine.h"
#include "sync/upload_machine.h"

namespace skerry::sync {

struct ClientOptions {
  std::string client_id;
  std::string user_agent;
};

class Client {
 public:
  Client(sqlite::Connection& db, store::DownloadStore& store, Outbox& outbox, Random& random, ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // kSqlite, kStorageFull, ... only from Subscribe and Unsubscribe; all other failures show in the status.
  Status Handle(const Event& event, TimePoint now);
  void Bytes(RequestId stream, std::span<const std::uint8_t> bytes, TimePoint now);
  void Work(int budget_rows, TimePoint now);
  bool HasWork() const { return download_.HasWork(); }
  bool IsPublishing() const { return download_.IsPublishing(); }
  // connect() was called and disconnect() was not.
  bool IsWanted() const { return download_.is_wanted(); }

  // A local transaction changed the upload queue.
  void QueueChanged(TimePoint now);
  // The database was in use for a while, so that bytes could not be given.
  void Resumed(TimePoint now) { download_.Resumed(now); }
  // Stored sync state was changed from outside: a clear.
  void StoredStateChanged(TimePoint now);

  std::string StatusJson() { return status_.Json(); }
  const Counters& counters() const { return counters_; }

 private:
  Status Dispatch(const Event& event, TimePoint now);
  template <typename AnyEvent>
  void AnswerCredentials(const AnyEvent& event, TimePoint now);

  Counters counters_;
  Credentials credentials_;
  Subscriptions subscriptions_;
  StatusBoard status_;
  DownloadMachine download_;
  UploadMachine upload_;
};

}  // namespace skerry::sync
