#include "replication/postgres/connection.h"

#include <poll.h>

#include <charconv>
#include <cstring>
#include <utility>

namespace skerry::replication::pg {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectPatience{10};
// The server answers catalog queries at once; a slot may have to wait for open transactions, but that is not waited for
// here.
constexpr std::chrono::seconds kAnswerPatience{30};

// Values print the same way whatever the server, database or role has set.
constexpr char kSession[] =
    "SET search_path = pg_catalog; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; "
    "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET statement_timeout = 0; SET lock_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; SET client_encoding = 'UTF8'; SET default_transaction_isolation = "
    "'read committed'";

// Waits for `events`; false when the deadline passed.
bool WaitFor(int socket, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&wait, 1, static_cast<int>(left.count()) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// libpq's messages are lines that end with a line break.
std::string OneLine(const char* message) {
  std::string text(message == nullptr ? "" : message);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) text.replace(at, 1, "; ");
  return text;
}

bool Contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// What does not go away by trying again. libpq gives no code for a refused connection, only the words.
bool NeedsAPerson(const std::string& words) {
  for (const char* part :
       {"authentication failed", "pg_hba.conf", "does not exist", "replication role", "certificate verify failed",
        "does not match host name", "server does not support SSL", "root certificate file", "invalid connection option",
        "invalid sslmode", "invalid port number", "WAL senders", "permission denied", "wal_level"}) {
    if (Contains(words, part)) return true;
  }
  return false;
}

// What a person can do about it.
std::string Advice(const std::string& words, const std::string& user) {
  if (Contains(words, "replication role")) return "; run: ALTER ROLE " + QuoteName(user) + " REPLICATION";
  if (Contains(words, "server does not support SSL")) {
    return "; set 'sslmode: disable' on the connection if the network is trusted";
  }
  if (Contains(words, "certificate verify failed")) {
    return "; give the authority that signed the server's certificate as 'cacert', in PEM";
  }
  if (Contains(words, "does not match host name")) {
    return "; connect by a name that the server's certificate has, or set 'sslmode: verify-ca' to check its authority "
           "only";
  }
  if (Contains(words, "no pg_hba.conf entry for replication")) {
    return "; allow it in pg_hba.conf with a line for the database itself, logical replication needs no other";
  }
  return {};
}

}  // namespace

std::int64_t Rows::Int(int row, int column) const {
  const std::string_view text = Text(row, column);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Result<std::unique_ptr<Connection>> Connection::Open(const ConnectionKeywords& keywords, Purpose purpose) {
  ConnectionKeywords all = keywords;
  all.emplace("application_name", "skerryd");
  all.emplace("client_encoding", "UTF8");
  // A peer that is gone without a word is noticed within a minute, also while nothing is sent.
  all.emplace("keepalives_idle", "15");
  all.emplace("keepalives_interval", "5");
  all.emplace("keepalives_count", "3");
  all.emplace("tcp_user_timeout", "30000");
  if (purpose == Purpose::kReplication) all["replication"] = "database";
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : all) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Connection> connection(new Connection(PQconnectStartParams(names.data(), values.data(), 1)));
  if (connection->db_ == nullptr) return Error{.code = ErrorCode::kSource, .message = "no memory for a connection"};
  SKERRY_TRY(connection->WaitUntilConnected());
  PQsetnonblocking(connection->db_.get(), 1);
  // Notices are no news, and would go to standard error.
  PQsetNoticeProcessor(
      connection->db_.get(), [](void*, const char*) {}, nullptr);
  SKERRY_TRY(connection->Execute(kSession));
  return connection;
}

Status Connection::WaitUntilConnected() {
  const auto deadline = Clock::now() + kConnectPatience;
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (!is_broken()) {
    if (!WaitFor(socket(), next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
      return Error{.code = ErrorCode::kSource, .message = "Postgres does not answer"};
    }
    next = PQconnectPoll(db_.get());
    if (next == PGRES_POLLING_OK) return kDone;
    if (next == PGRES_POLLING_FAILED) break;
  }
  return Failure("connecting to Postgres");
}

Error Connection::Failure(const std::string& doing) const {
  const std::string words = OneLine(PQerrorMessage(db_.get()));
  const char* user = PQuser(db_.get());
  return Error{.code = NeedsAPerson(words) ? ErrorCode::kConfig : ErrorCode::kSource,
               .message = doing + ": " + words + Advice(words, user == nullptr ? "" : user)};
}

Status Connection::Flush() {
  const auto deadline = Clock::now() + kAnswerPatience;
  for (;;) {
    const int state = PQflush(db_.get());
    if (state == 0) return kDone;
    if (state < 0) return Failure("talking to Postgres");
    if (!WaitFor(socket(), POLLIN | POLLOUT, deadline)) {
      is_silent_ = true;
      return Error{.code = ErrorCode::kSource, .message = "Postgres does not take what is sent to it"};
    }
    // The server may wait for us to read before it reads.
    if (PQconsumeInput(db_.get()) == 0) return Failure("talking to Postgres");
  }
}

Result<Rows> Connection::Query(const std::string& sql, std::initializer_list<std::string_view> parameters) {
  std::vector<std::optional<std::string>> texts;
  for (const std::string_view parameter : parameters) texts.emplace_back(std::string(parameter));
  return Query(sql, texts);
}

Result<Rows> Connection::Query(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  // A walsender knows the simple protocol only, which takes no parameters.
  const int sent = parameters.empty() ? PQsendQuery(db_.get(), sql.c_str())
                                      : PQsendQueryParams(db_.get(), sql.c_str(), static_cast<int>(values.size()),
                                                          nullptr, values.data(), nullptr, nullptr, 0);
  if (sent == 0) return Failure("asking Postgres");
  SKERRY_TRY(Flush());
  return Finish(sql);
}

Status Connection::Execute(const std::string& sql) {
  SKERRY_TRY(Query(sql));
  return kDone;
}

Status Connection::Send(const std::string& sql) {
  if (PQsendQuery(db_.get(), sql.c_str()) == 0) return Failure("asking Postgres");
  return Flush();
}

Result<std::optional<Rows>> Connection::Take() {
  if (PQconsumeInput(db_.get()) == 0) return Failure("talking to Postgres");
  if (PQisBusy(db_.get()) != 0) return std::optional<Rows>();
  SKERRY_ASSIGN(rows, Finish("a statement"));
  return std::optional<Rows>(std::move(rows));
}

// Reads to the end of the statement, or into its COPY; the last result counts, or the first failure.
Result<Rows> Connection::Finish(const std::string& sql) {
  const auto deadline = Clock::now() + kAnswerPatience;
  std::optional<Result<Rows>> outcome;
  for (;;) {
    while (PQisBusy(db_.get()) != 0) {
      if (!WaitFor(socket(), POLLIN, deadline)) {
        is_silent_ = true;
        return Error{.code = ErrorCode::kSource, .message = "Postgres does not answer"};
      }
      if (PQconsumeInput(db_.get()) == 0) return Failure("talking to Postgres");
    }
    PGresult* result = PQgetResult(db_.get());
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    if (!outcome || outcome->ok()) {
      outcome.emplace(Check(result, sql));
    } else {
      PQclear(result);
    }
    if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) break;  // There is no end before that of the COPY.
  }
  if (!outcome) return Failure("asking Postgres");
  return *std::move(outcome);
}

Result<Rows> Connection::Check(PGresult* result, const std::string& sql) {
  Rows rows(result);
  switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
    case PGRES_EMPTY_QUERY:
      return rows;
    default:
      break;
  }
  const std::string words = OneLine(PQresultErrorMessage(result));
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  // Insufficient privilege; the object is not in the state that the statement needs.
  const bool is_permanent = state != nullptr && (std::strncmp(state, "42", 2) == 0 || std::strcmp(state, "55000") == 0);
  return Error{.code = is_permanent || NeedsAPerson(words) ? ErrorCode::kConfig : ErrorCode::kSource,
               .message = "Postgres refused '" + sql.substr(0, 80) + "': " + words + Advice(words, user())};
}

Status Connection::StartCopy(const std::string& sql) { return Execute(sql); }

Result<Connection::Copied> Connection::ReadCopy(std::string_view& message) {
  for (bool has_read = false;; has_read = true) {
    char* bytes = nullptr;
    const int size = PQgetCopyData(db_.get(), &bytes, 1);
    message_.reset(bytes);
    if (size > 0) {
      message = {bytes, static_cast<std::size_t>(size)};
      return Copied::kMessage;
    }
    if (size == -2) return Failure("reading from Postgres");
    if (size == -1) {
      SKERRY_TRY(Finish("COPY"));
      return Copied::kEnd;
    }
    if (has_read) return Copied::kNothingYet;
    if (PQconsumeInput(db_.get()) == 0) return Failure("reading from Postgres");
  }
}

Status Connection::WriteCopy(std::string_view message) {
  if (PQputCopyData(db_.get(), message.data(), static_cast<int>(message.size())) != 1) {
    return Failure("talking to Postgres");
  }
  return Flush();
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// Backslashes are ordinary: standard_conforming_strings is on wherever logical replication is.
std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace skerry::replication::pg
