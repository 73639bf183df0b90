#include "app/check_command.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "replication/sqlite/change_reader.h"
#include "rules/explain.h"
#include "rules/row_evaluator.h"
#include "sqlite/connection.h"

namespace skerry::app {
namespace {

// Every row of a database, evaluated: how many stand in which bucket, and the lookups.
class Contents final : public rules::IndexReader {
 public:
  explicit Contents(std::shared_ptr<const rules::Plan> plan) : plan_(std::move(plan)) {}

  Status Read(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return Error{ErrorCode::kSource, "the source " + path + " does not exist"};
    }
    SKERRY_ASSIGN(db, sqlite::Connection::Open({.path = ":memory:"}));
    // Attached, so that the file keeps its journal mode.
    SKERRY_ASSIGN(attach, db->Prepare("ATTACH ?1 AS source"));
    SKERRY_TRY(attach.Run(path));
    SKERRY_TRY(db->Execute("PRAGMA query_only=ON"));
    SKERRY_ASSIGN(tables, db->Prepare("SELECT name FROM source.sqlite_master WHERE type = 'table' ORDER BY name"));
    std::vector<std::string> names;
    for (;;) {
      SKERRY_ASSIGN(has_row, tables.Step());
      if (!has_row) break;
      names.emplace_back(tables.Text(0));
    }
    for (const std::string& name : names) {
      for (const row::TablePattern& pattern : plan_->TablePatterns()) {
        if (!pattern.Matches("main", name)) continue;
        SKERRY_TRY(ReadTable(*db, name));
        break;
      }
    }
    return kDone;
  }

  std::size_t RowsIn(const std::string& bucket) const {
    const auto found = rows_.find(bucket);
    return found == rows_.end() ? 0 : found->second;
  }
  const std::map<std::string, std::size_t>& rows() const { return rows_; }

  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override {
    std::vector<std::string> outputs;
    for (const std::string& key : keys) {
      const auto [begin, end] = entries_.equal_range({index, key});
      for (auto at = begin; at != end; ++at) outputs.push_back(at->second);
    }
    if (outputs.size() <= limit) return outputs;
    return Error{ErrorCode::kLimit, "a lookup gives more than " + std::to_string(limit) + " rows"};
  }

 private:
  Status ReadTable(sqlite::Connection& db, const std::string& name) {
    SKERRY_ASSIGN(statement, db.Prepare("SELECT * FROM source." + sqlite::QuoteName(name)));
    row::Table table{.name = name};
    for (int i = 0; i < statement.ColumnCount(); ++i) table.columns.emplace_back(statement.ColumnName(i));
    const rules::RowEvaluator evaluator(plan_, 1, table);
    for (const std::string& column : evaluator.missing_columns()) {
      std::printf("table %s has no column %s; it reads as NULL\n", name.c_str(), column.c_str());
    }
    rules::RowResult result;
    std::vector<row::Value> values(table.columns.size());
    std::size_t failures = 0;
    for (;;) {
      SKERRY_ASSIGN(has_row, statement.Step());
      if (!has_row) break;
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = replication::ValueAt(statement, static_cast<int>(i));
      evaluator.Evaluate(values, result);
      for (const rules::Membership& made : result.Memberships()) ++rows_[made.bucket];
      for (const rules::IndexEntry& made : result.Entries())
        entries_.emplace(std::pair(made.index, made.key), made.outputs);
      if (!result.failures.empty() && failures++ == 0) {
        std::printf("table %s: a row cannot be evaluated: %s\n", name.c_str(), result.failures[0].c_str());
      }
    }
    if (failures > 1) std::printf("table %s: %zu rows cannot be evaluated\n", name.c_str(), failures);
    return kDone;
  }

  std::shared_ptr<const rules::Plan> plan_;
  std::map<std::string, std::size_t> rows_;
  std::multimap<std::pair<std::uint32_t, std::string>, std::string> entries_;
};

const char* WithoutDeployment(const std::string& bucket) { return bucket.c_str() + bucket.find('#') + 1; }

// "stream" or "stream={...}"
rules::Subscription ReadSubscription(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {.stream = text};
  return {.stream = text.substr(0, equals), .parameters_json = text.substr(equals + 1)};
}

}  // namespace

Status CheckPlan(std::shared_ptr<const rules::Plan> plan, const std::string& source, const std::string& token,
                 const std::string& parameters, const std::vector<std::string>& subscriptions) {
  std::fputs(rules::Explain(*plan).c_str(), stdout);
  if (source.empty()) return kDone;
  Contents contents(plan);
  SKERRY_TRY(contents.Read(source));
  std::printf("\n");
  if (token.empty()) {
    for (const auto& [bucket, rows] : contents.rows())
      std::printf("%8zu rows in %s\n", rows, WithoutDeployment(bucket));
    return kDone;
  }
  rules::Request request{.token_json = token, .connection_json = parameters};
  for (const std::string& subscription : subscriptions) request.subscriptions.push_back(ReadSubscription(subscription));
  SKERRY_ASSIGN(evaluator, rules::RequestEvaluator::Create(plan, 1, std::move(request)));
  SKERRY_ASSIGN(evaluation, evaluator.Evaluate(contents));
  std::size_t all = 0;
  for (const rules::VisibleBucket& bucket : evaluation.buckets) {
    const std::size_t rows = contents.RowsIn(bucket.name);
    all += rows;
    std::printf("%8zu rows in %s, priority %d\n", rows, WithoutDeployment(bucket.name), bucket.priority);
  }
  for (const bucket::StreamInfo& stream : evaluation.streams) {
    for (const bucket::StreamError& error : stream.errors) {
      std::printf("stream %s fails: %s\n", stream.name.c_str(), error.message.c_str());
    }
  }
  std::printf("%8zu rows in %zu buckets for this user\n", all, evaluation.buckets.size());
  return kDone;
}

}  // namespace skerry::app
