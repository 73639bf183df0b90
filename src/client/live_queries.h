// The live queries: opened by the host, run when a commit touched what they read, told as whole results or patches.
//
// Runs are pulled one at a time, so that messages come through between them. A run happens on main while it is free,
// else on a reader, and always sees the newest commit. An error is told and the query lives on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "client/leases.h"
#include "client/result_buffer.h"
#include "client/statement_payload.h"
#include "watch/dependencies.h"
#include "watch/schedule.h"

namespace skerry::client {

class LiveQueries {
 public:
  LiveQueries(const Environment& environment, Leases& leases, std::size_t max_result_bytes)
      : environment_(environment), leases_(leases), encoder_(max_result_bytes), hash_seed_(environment.random.Next()) {}

  // The payload of kWatchOpen. The tables it follows, for the reply. The first run is due at once.
  Result<std::vector<std::string>> Open(std::span<const std::uint8_t> payload, TimePoint now);
  void Close(std::uint32_t id);

  // Tables behind a statement, without opening it.
  Result<watch::Dependencies> Resolve(Session& session, std::string_view sql);

  void TablesChanged(const std::vector<std::string>& tables, TimePoint now);
  // Another schema: every query is resolved again and run.
  void SchemaChanged(TimePoint now);

  // Runs what is due until there is something to tell; empty when there is nothing. Bounded by a slice of time.
  std::string Next(TimePoint now);
  bool HasDue(TimePoint now) const { return schedule_.HasDue(now.monotonic) && leases_.CanRead(); }
  std::optional<std::chrono::milliseconds> NextDue() const { return schedule_.NextDue(); }

  std::int64_t runs() const { return runs_; }

 private:
  struct Query {
    std::vector<std::uint8_t> bytes;  // The payload, which `statement` points into.
    StatementPayload statement;
    std::vector<std::string> named_tables;  // Given by the application; empty: found from the statement.
    bool names_tables = false;
    bool compares = false;
    bool main_only = false;  // Reads temporary tables, which only main has.
    bool needs_resolve = false;
    // Of the result told last:
    bool has_result = false;
    bool told_error = false;
    std::vector<std::uint64_t> hashes;
    std::vector<std::string> columns;
  };

  class Sink;

  Status ResolveQuery(Query& query, Session& session, watch::Dependencies& dependencies);
  // The message, empty if there is nothing to tell.
  std::string Run(watch::WatchId id, Query& query, Session& session);

  const Environment& environment_;
  Leases& leases_;
  ResultEncoder encoder_;
  std::uint64_t hash_seed_;
  watch::Schedule schedule_;
  std::unordered_map<watch::WatchId, std::unique_ptr<Query>> queries_;
  std::int64_t runs_ = 0;
};

}  // namespace skerry::client
