// Who uses which connection: the main one, readers opened as they are needed, and leases over several calls.
//
// One write lease at a time, and none while a publish holds the main connection; the host queues, so a call that finds
// the connection taken is refused, never kept waiting. Reads find main while it is free, else a reader.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "client/session.h"

namespace skerry::client {

enum class LeaseMode : std::uint8_t { kReadLock, kWriteLock, kReadTransaction, kWriteTransaction };

struct Lease {
  std::uint32_t id = 0;
  LeaseMode mode = LeaseMode::kReadLock;
  Session* session = nullptr;
  bool on_main = false;
  bool lost = false;  // SQLite ended its transaction by itself: what follows must not run outside one.

  bool is_transaction() const { return mode == LeaseMode::kReadTransaction || mode == LeaseMode::kWriteTransaction; }
};

class Leases {
 public:
  // `prepare` makes a new reader ready (its guard's schema). Borrows all three.
  Leases(const Config& config, Random& random, Session& main, std::function<void(Session&)> prepare)
      : config_(config), random_(random), main_(main), prepare_(std::move(prepare)) {}

  // A publish begins or ends.
  void SetPublishing(bool publishing) { publishing_ = publishing; }

  Result<std::uint32_t> Open(LeaseMode mode);
  // action: "commit", "rollback" or "release". The lease ends whatever comes of it.
  Status Close(std::uint32_t id, std::string_view action);
  Result<Lease*> Find(std::uint32_t id);
  // Everything given back, open transactions rolled back: the database closes.
  void CloseAll();

  // For one call without a lease.
  Result<Session*> ForWrite();
  Result<Session*> ForRead();
  bool CanRead() const { return MainIsFree() || config_.max_readers > 0; }
  bool MainIsFree() const { return !publishing_ && !main_leased_; }
  bool HasWriteLease() const { return main_leased_; }

  template <typename Function>
  void ForEachSession(Function function) {
    function(main_);
    for (const Reader& reader : readers_) function(*reader.session);
  }

 private:
  struct Reader {
    std::unique_ptr<Session> session;
    bool leased = false;
  };

  // A reader that nobody leases. `for_lease`: one stays free for calls without a lease.
  Result<Reader*> FreeReader(bool for_lease);
  Status Begin(Lease& lease);

  const Config& config_;
  Random& random_;
  Session& main_;
  std::function<void(Session&)> prepare_;
  std::vector<Reader> readers_;
  std::vector<Lease> leases_;
  std::uint32_t last_id_ = 0;
  bool publishing_ = false;
  bool main_leased_ = false;
};

}  // namespace skerry::client
