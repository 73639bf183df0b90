#include "client/leases.h"

#include <algorithm>

namespace skerry::client {
namespace {

Error Taken(std::string_view what) { return {ErrorCode::kLockTimeout, std::string(what)}; }

}  // namespace

Result<Session*> Leases::ForWrite() {
  if (main_leased_) return Taken("another lease holds the main connection");
  if (publishing_) return Taken("a checkpoint is being published");
  return &main_;
}

Result<Session*> Leases::ForRead() {
  if (MainIsFree()) return &main_;
  SKERRY_ASSIGN(reader, FreeReader(false));
  return reader->session.get();
}

Result<Leases::Reader*> Leases::FreeReader(bool for_lease) {
  if (config_.max_readers == 0) return Taken("this database has one connection, and it is in use");
  std::size_t leased = 0;
  Reader* free = nullptr;
  for (Reader& reader : readers_) {
    if (reader.leased)
      ++leased;
    else
      free = &reader;
  }
  if (for_lease && leased >= config_.max_readers) return Taken("all read connections are in use");
  if (free == nullptr) {
    SKERRY_ASSIGN(session, Session::OpenReader(config_, random_));
    prepare_(*session);
    readers_.push_back({std::move(session), false});
    free = &readers_.back();
  }
  return free;
}

Result<std::uint32_t> Leases::Open(LeaseMode mode) {
  const bool writes = mode == LeaseMode::kWriteLock || mode == LeaseMode::kWriteTransaction;
  Lease lease;
  lease.mode = mode;
  // A database without readers serves read leases from main, one after another.
  lease.on_main = writes || config_.max_readers == 0;
  Reader* reader = nullptr;
  if (lease.on_main) {
    SKERRY_ASSIGN(session, ForWrite());
    lease.session = session;
  } else {
    SKERRY_ASSIGN(free, FreeReader(true));
    reader = free;
    lease.session = reader->session.get();
  }
  SKERRY_TRY(Begin(lease));
  if (lease.on_main)
    main_leased_ = true;
  else
    reader->leased = true;
  lease.id = ++last_id_;
  leases_.push_back(lease);
  return lease.id;
}

Status Leases::Begin(Lease& lease) {
  sqlite::Connection& db = lease.session->db();
  if (lease.mode == LeaseMode::kWriteTransaction) return db.Execute("BEGIN IMMEDIATE");
  if (lease.mode != LeaseMode::kReadTransaction) return kDone;
  SKERRY_TRY(db.Execute("BEGIN"));
  // The snapshot is that of this moment, not of the first statement.
  if (auto read = db.QueryInt("SELECT 1 FROM sqlite_schema LIMIT 1"); !read.ok()) {
    (void)db.Execute("ROLLBACK");  // It undoes the BEGIN; the read's error is the one to tell.
    return std::move(read).error();
  }
  return kDone;
}

Result<Lease*> Leases::Find(std::uint32_t id) {
  for (Lease& lease : leases_) {
    if (lease.id == id) return &lease;
  }
  return Error{ErrorCode::kInvalidArgument, "Attempted to use a connection lease that has already been returned."};
}

Status Leases::Close(std::uint32_t id, std::string_view action) {
  SKERRY_ASSIGN(found, Find(id));
  const Lease lease = *found;
  leases_.erase(leases_.begin() + (found - leases_.data()));
  for (Reader& reader : readers_) {
    if (reader.session.get() == lease.session) reader.leased = false;
  }
  if (lease.on_main) main_leased_ = false;

  sqlite::Connection& db = lease.session->db();
  Status result;
  if (action == "commit" && lease.lost) {
    result = Error{ErrorCode::kSqlite, "the transaction was rolled back by an earlier error"};
  } else if (action == "commit" && db.InTransaction()) {
    result = db.Execute("COMMIT");
  }
  if (db.InTransaction()) {
    Status rolled_back = db.Execute("ROLLBACK");
    if (result.ok()) result = std::move(rolled_back);
  }
  return result;
}

void Leases::CloseAll() {
  while (!leases_.empty()) (void)Close(leases_.back().id, "release");  // Nobody is left to tell.
}

}  // namespace skerry::client
