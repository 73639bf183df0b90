#include "client/live_queries.h"

#include <utility>

#include "base/json.h"
#include "client/deadline.h"
#include "client/error_json.h"
#include "client/run_payload.h"
#include "client/watch_message.h"
#include "watch/result_diff.h"
#include "watch/row_hash.h"

namespace skerry::client {
namespace {

constexpr double kSliceMs = 8;
constexpr std::chrono::milliseconds kMainBusyRetry{100};

Result<std::vector<std::string>> ParseNames(std::string_view text) {
  std::vector<std::string> names;
  JsonReader json(text);
  if (json.BeginArray()) {
    std::string_view name;
    while (json.NextElement()) {
      if (json.ReadString(name)) names.emplace_back(name);
    }
  }
  if (Status read = json.Finish("the tables of a watch"); !read.ok()) {
    return Error{ErrorCode::kInvalidArgument, read.error().message};
  }
  return names;
}

// Lets the collector hear what `sql` reads, without running it.
Status PrepareForAccess(Session& session, std::string_view sql, watch::AccessCollector& collector) {
  session.guard().SetAccessListener([&collector](const sqlite::Access& access) { collector.Note(access); });
  auto prepared = session.guard().Prepare(sql);
  session.guard().SetAccessListener({});
  if (!prepared.ok()) return std::move(prepared).error();
  if (!prepared->statement.has_value()) return Error{ErrorCode::kInvalidArgument, "there is no statement to watch"};
  if (!prepared->statement.IsReadOnly() || prepared->nature != store::StatementNature::kPlain) {
    return Error{ErrorCode::kInvalidArgument, "only a statement that reads can be watched"};
  }
  return kDone;
}

}  // namespace

// Compares each row with the result before and encodes those that are new.
class LiveQueries::Sink final : public store::RowSink {
 public:
  Sink(const Query& query, ResultEncoder& encoder, std::uint64_t seed)
      : query_(query), encoder_(encoder), seed_(seed), diff_(query.has_result ? query.hashes : kNothing) {
    encoder_.BeginEmpty();
  }

  Status OnColumns(const sqlite::Statement& statement) override {
    encoder_.Begin(statement);
    for (int i = 0; i < statement.ColumnCount(); ++i) columns_.emplace_back(statement.ColumnName(i));
    // Rows under other column names are other rows.
    if (columns_ != query_.columns) diff_ = watch::ResultDiff(kNothing);
    return kDone;
  }

  Status OnRow(const sqlite::Statement& statement) override {
    if (!diff_.Add(watch::HashRow(statement, seed_))) return kDone;
    return encoder_.AddRow(statement);
  }

  watch::ResultDiff& diff() { return diff_; }
  std::vector<std::string>& columns() { return columns_; }

 private:
  static inline const std::vector<std::uint64_t> kNothing{};
  const Query& query_;
  ResultEncoder& encoder_;
  std::uint64_t seed_;
  watch::ResultDiff diff_;
  std::vector<std::string> columns_;
};

Result<watch::Dependencies> LiveQueries::Resolve(Session& session, std::string_view sql) {
  return watch::Resolve(session.db(), sql, [&session](std::string_view text, watch::AccessCollector& collector) {
    return PrepareForAccess(session, text, collector);
  });
}

Status LiveQueries::ResolveQuery(Query& query, Session& session, watch::Dependencies& dependencies) {
  // Also resolved when the tables are given: a statement that cannot be watched is refused either way.
  SKERRY_ASSIGN(found, Resolve(session, query.statement.sql));
  query.main_only = found.every_commit;
  if (!query.names_tables) {
    dependencies = std::move(found);
    return kDone;
  }
  SKERRY_ASSIGN(named, watch::ResolveNames(session.db(), query.named_tables,
                                           [&session](std::string_view sql, watch::AccessCollector& collector) {
                                             return PrepareForAccess(session, sql, collector);
                                           }));
  dependencies = std::move(named);
  return kDone;
}

Result<std::vector<std::string>> LiveQueries::Open(std::span<const std::uint8_t> payload, TimePoint now) {
  auto query = std::make_unique<Query>();
  query->bytes.assign(payload.begin(), payload.end());
  PayloadReader reader(query->bytes);
  const watch::WatchId id{reader.U32()};
  watch::Throttle throttle;
  throttle.gap = std::chrono::milliseconds(reader.U32());
  const std::uint32_t flags = reader.U32();
  throttle.trailing = (flags & kWatchTrailing) != 0;
  query->compares = (flags & kWatchCompare) != 0;
  if ((flags & kWatchTables) != 0) {
    SKERRY_ASSIGN(names, ParseNames(AsText(reader.Sized())));
    query->named_tables = std::move(names);
    query->names_tables = true;
  }
  if (!reader.ok()) return Error{ErrorCode::kInvalidArgument, "malformed watch: it ends inside its head"};
  SKERRY_ASSIGN(statement, DecodeStatement(reader.rest()));
  if (statement.is_batch() || statement.is_script()) {
    return Error{ErrorCode::kInvalidArgument, "a batch or a script cannot be watched"};
  }
  query->statement = std::move(statement);

  SKERRY_ASSIGN(session, leases_.ForRead());
  watch::Dependencies dependencies;
  SKERRY_TRY(ResolveQuery(*query, *session, dependencies));
  std::vector<std::string> tables = dependencies.tables;
  schedule_.Add(id, throttle, std::move(dependencies), now.monotonic);
  queries_[id] = std::move(query);
  return tables;
}

void LiveQueries::Close(std::uint32_t id) {
  schedule_.Remove(watch::WatchId{id});
  queries_.erase(watch::WatchId{id});
}

void LiveQueries::TablesChanged(const std::vector<std::string>& tables, TimePoint now) {
  schedule_.TablesChanged(tables, now.monotonic);
}

void LiveQueries::SchemaChanged(TimePoint now) {
  for (const auto& [id, query] : queries_) query->needs_resolve = true;
  schedule_.EverythingChanged(now.monotonic);
}

std::string LiveQueries::Next(TimePoint now) {
  const bool has_clock = static_cast<bool>(environment_.monotonic_now);
  const double end = has_clock ? environment_.monotonic_now() + kSliceMs : 0;
  while (HasDue(now)) {
    const watch::WatchId id = *schedule_.TakeDue(now.monotonic);
    Query& query = *queries_.at(id);
    if (query.main_only && !leases_.MainIsFree()) {
      schedule_.Postpone(id, now.monotonic + kMainBusyRetry);
      continue;
    }
    auto session = leases_.ForRead();
    std::string message = session.ok() ? Run(id, query, **session) : WatchError(id, ErrorJson(session.error()));
    if (!message.empty()) return message;
    if (!has_clock || environment_.monotonic_now() >= end) break;
  }
  return {};
}

std::string LiveQueries::Run(watch::WatchId id, Query& query, Session& session) {
  ++runs_;
  const auto fail = [&](const Error& error) {
    query.told_error = true;
    return WatchError(id, ErrorJson(error, query.statement.sql));
  };
  if (query.needs_resolve) {
    watch::Dependencies dependencies;
    if (Status resolved = ResolveQuery(query, session, dependencies); !resolved.ok()) return fail(resolved.error());
    schedule_.SetDependencies(id, std::move(dependencies));
    query.needs_resolve = false;
  }
  Sink sink(query, encoder_, hash_seed_);
  auto call = MakeCall(query.statement, &sink);
  if (!call.ok()) return fail(call.error());
  {
    Deadline deadline(session.db(), environment_, query.statement.deadline);
    auto outcome = session.runner().Run(*call);
    if (!outcome.ok()) return fail(outcome.error());
  }
  const bool same = query.has_result && sink.columns() == query.columns && sink.diff().IsEqual();
  if (same && query.compares && !query.told_error) return {};
  auto message = WatchResult(id, sink.diff(), same, encoder_);
  if (!message.ok()) return fail(message.error());
  query.has_result = true;
  query.told_error = false;
  query.hashes = std::move(sink.diff()).TakeHashes();
  query.columns = std::move(sink.columns());
  return *std::move(message);
}

}  // namespace skerry::client
