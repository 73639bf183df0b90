#include "client/session.h"

#include <utility>

namespace skerry::client {

Session::Session(std::unique_ptr<sqlite::Connection> db, bool writes)
    : db_(std::move(db)),
      guard_(*db_),
      capture_(writes ? std::make_unique<store::Capture>(*db_) : nullptr),
      runner_(*db_, guard_, capture_.get()) {}

Result<std::unique_ptr<Session>> Session::OpenMain(const Config& config, Random& random) {
  sqlite::OpenOptions options{config.path, config.vfs, false, config.page_size, config.cache_kib};
  SKERRY_ASSIGN(db, sqlite::Connection::Open(options));
  SKERRY_TRY(db->AddUuidFunctions(random));
  std::unique_ptr<Session> session(new Session(std::move(db), true));
  SKERRY_TRY(session->capture().Install());
  return session;
}

Result<std::unique_ptr<Session>> Session::OpenReader(const Config& config, Random& random) {
  sqlite::OpenOptions options{config.path, config.vfs, true, config.page_size, config.reader_cache_kib};
  SKERRY_ASSIGN(db, sqlite::Connection::Open(options));
  SKERRY_TRY(db->AddUuidFunctions(random));
  return std::unique_ptr<Session>(new Session(std::move(db), false));
}

}  // namespace skerry::client
