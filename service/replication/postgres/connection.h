// One libpq connection that never blocks without a limit: every wait ends by a deadline, so a network that swallows
// packets costs seconds, not the service.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace skerry::replication::pg {

// libpq's keywords and values ("host", "port", "dbname", "sslmode", ...).
using ConnectionKeywords = std::map<std::string, std::string>;

// The rows of a query, as text.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}
  int count() const { return PQntuples(result_.get()); }
  bool IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string_view Text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  bool Bool(int row, int column) const { return Text(row, column) == "t"; }
  std::int64_t Int(int row, int column) const;

 private:
  std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
};

enum class Purpose { kQueries, kReplication };

// kSource for what may pass by itself, kConfig for what a person has to mend.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const ConnectionKeywords& keywords, Purpose purpose);

  // Runs one statement. A failure of the connection shows in is_broken().
  Result<Rows> Query(const std::string& sql, std::initializer_list<std::string_view> parameters = {});
  Result<Rows> Query(const std::string& sql, const std::vector<std::optional<std::string>>& parameters);
  Status Execute(const std::string& sql);

  // Sends a statement without waiting; Take() gives its result once it is there.
  Status Send(const std::string& sql);
  Result<std::optional<Rows>> Take();

  // Enters COPY: what the statement sends is read by ReadCopy(), one message at a time.
  Status StartCopy(const std::string& sql);
  enum class Copied { kMessage, kNothingYet, kEnd };
  // `message` is valid until the next call.
  Result<Copied> ReadCopy(std::string_view& message);
  // In COPY BOTH only.
  Status WriteCopy(std::string_view message);

  // Also one that was waited for in vain: it would only be waited for again.
  bool is_broken() const { return is_silent_ || PQstatus(db_.get()) == CONNECTION_BAD; }
  int socket() const { return PQsocket(db_.get()); }
  int server_version() const { return PQserverVersion(db_.get()); }  // 150018
  std::string user() const { return PQuser(db_.get()); }
  std::string database() const { return PQdb(db_.get()); }

 private:
  explicit Connection(PGconn* db) : db_(db, &PQfinish), message_(nullptr, &PQfreemem) {}

  Status WaitUntilConnected();
  Status Flush();
  Result<Rows> Finish(const std::string& sql);
  Result<Rows> Check(PGresult* result, const std::string& sql);
  Error Failure(const std::string& doing) const;

  std::unique_ptr<PGconn, void (*)(PGconn*)> db_;
  std::unique_ptr<char, void (*)(void*)> message_;
  bool is_silent_ = false;
};

// "name" and 'text' for SQL.
std::string QuoteName(std::string_view name);
std::string QuoteText(std::string_view text);

}  // namespace skerry::replication::pg
