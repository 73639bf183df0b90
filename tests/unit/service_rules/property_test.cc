// Laws with seeds: what a plan lets a request see is what plain SQLite selects from the whole database (S2), and a
// value of a query is the value SQLite gives. SKERRY_FUZZ_CASES asks for more, SKERRY_FUZZ_SEED for others.
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "base/json.h"
#include "random_query.h"
#include "replication/sqlite/change_reader.h"
#include "rules/request_evaluator.h"
#include "rules/row_evaluator.h"
#include "sqlite/connection.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

std::unique_ptr<sqlite::Connection> OpenMemory() {
  auto opened = sqlite::Connection::Open({.path = ":memory:"});
  REQUIRE(opened.ok());
  return *std::move(opened);
}

std::string IdText(const row::Value& value) {
  std::string text;
  if (value.type == row::Type::kText) return std::string(value.bytes);
  (void)row::AppendKey(text, value);
  return text;
}

// All rows of the database in their buckets and indexes.
class Evaluated final : public rules::IndexReader {
 public:
  Evaluated(const rules::Compiled& compiled, sqlite::Connection& db) {
    for (int table = 0; table < RandomQueries::kTables; ++table) {
      row::Table shape{.name = "t" + std::to_string(table)};
      for (const char* column : RandomQueries::kColumns) shape.columns.emplace_back(column);
      const rules::RowEvaluator evaluator(compiled.plan, 1, shape);
      auto statement = db.Prepare("SELECT * FROM " + shape.name);
      REQUIRE(statement.ok());
      for (auto step = statement->Step(); step.ok() && *step; step = statement->Step()) {
        std::vector<row::Value> values;
        for (int i = 0; i < statement->ColumnCount(); ++i) values.push_back(replication::ValueAt(*statement, i));
        evaluator.Evaluate(values, result_);
        for (const std::string& failure : result_.failures) failures.push_back(failure);
        for (const rules::Membership& made : result_.Memberships()) buckets_[made.bucket].insert(made.id);
        for (const rules::IndexEntry& made : result_.Entries())
          index_.emplace(std::pair(made.index, made.key), made.outputs);
      }
    }
  }

  std::set<std::string> Visible(const std::vector<rules::VisibleBucket>& visible) const {
    std::set<std::string> ids;
    for (const rules::VisibleBucket& bucket : visible) {
      const auto found = buckets_.find(bucket.name);
      if (found != buckets_.end()) ids.insert(found->second.begin(), found->second.end());
    }
    return ids;
  }

  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t /*limit*/) override {
    std::vector<std::string> outputs;
    for (const std::string& key : keys) {
      const auto [begin, end] = index_.equal_range({index, key});
      for (auto at = begin; at != end; ++at) outputs.push_back(at->second);
    }
    return outputs;
  }

  std::vector<std::string> failures;

 private:
  rules::RowResult result_;
  std::map<std::string, std::set<std::string>> buckets_;
  std::multimap<std::pair<std::uint32_t, std::string>, std::string> index_;
};

std::set<std::string> Selected(sqlite::Connection& db, const std::vector<std::string>& queries,
                               const std::string& subscription) {
  std::set<std::string> ids;
  for (std::string sql : queries) {
    const std::string parameters = subscription.empty() ? "NULL" : "'" + subscription + "'";
    for (std::size_t at = 0; (at = sql.find("@sub", at)) != std::string::npos;) sql.replace(at, 4, parameters);
    INFO(sql);
    auto statement = db.Prepare(sql);
    REQUIRE(statement.ok());
    auto step = statement->Step();
    for (; step.ok() && *step; step = statement->Step()) ids.insert(IdText(replication::ValueAt(*statement, 0)));
    REQUIRE(step.ok());
  }
  return ids;
}

// How many of the cases the compiler took.
int CheckVisibility(std::uint64_t first_seed, std::uint64_t cases, bool is_sqlite) {
  int accepted = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + cases; ++seed) {
    INFO("SKERRY_FUZZ_SEED=" << seed << (is_sqlite ? " with SQLite's rules" : " in compatibility mode"));
    RandomQueries random(seed, is_sqlite);
    const auto db = OpenMemory();
    REQUIRE(db->Execute(random.Database(6)).ok());
    const RandomRequest request = random.Request();
    const RandomStream stream = random.Stream(0, request);
    const std::string yaml = std::string("config:\n  edition: 3\n") +
                             (is_sqlite ? "  unstable_sqlite_expression_engine: true\n" : "") + "streams:\n" +
                             stream.yaml;
    INFO(yaml);
    INFO(request.token << " " << request.connection << " " << request.subscription);
    const rules::Compiled compiled = rules::Compile(yaml);
    if (compiled.plan == nullptr) {
      // What relates sides in a way that the language has not; never a fault of the syntax.
      for (const rules::Diagnostic& fault : compiled.diagnostics) {
        INFO(rules::Format(fault, "yaml"));
        if (fault.severity == rules::Severity::kError)
          CHECK((fault.id == "SS030" || fault.id == "SS031" || fault.id == "SS032" || fault.id == "SS033"));
      }
      continue;
    }
    ++accepted;
    CHECK(rules::Compile(yaml).plan->Canonical() == compiled.plan->Canonical());  // S6

    Evaluated rows(compiled, *db);
    CHECK(rows.failures.empty());
    rules::Request asked{.token_json = request.token, .connection_json = request.connection};
    if (!request.subscription.empty()) asked.subscriptions.push_back({"s0", request.subscription, std::nullopt});
    auto evaluator = rules::RequestEvaluator::Create(compiled.plan, 1, asked, {10'000, 100'000, 100'000});
    REQUIRE(evaluator.ok());
    const auto evaluation = evaluator->Evaluate(rows);
    REQUIRE(evaluation.ok());
    for (const bucket::StreamInfo& info : evaluation->streams) CHECK(info.errors.empty());

    std::set<std::string> expected = Selected(*db, stream.sql, "");
    if (!request.subscription.empty()) expected.merge(Selected(*db, stream.sql, request.subscription));
    CHECK(rows.Visible(evaluation->buckets) == expected);
  }
  return accepted;
}

}  // namespace

TEST_CASE("a request sees what SQL selects, with SQLite's rules", "[rules][S2][S3][S6]") {
  const std::uint64_t cases = FromEnvironment("SKERRY_FUZZ_CASES", 250);
  const int accepted = CheckVisibility(FromEnvironment("SKERRY_FUZZ_SEED", 1), cases, /*is_sqlite=*/true);
  CHECK(static_cast<std::uint64_t>(accepted) * 2 >= cases);
}

TEST_CASE("a request sees what SQL selects, in compatibility mode", "[rules][S2][S3][S6]") {
  const std::uint64_t cases = FromEnvironment("SKERRY_FUZZ_CASES", 250);
  const int accepted = CheckVisibility(FromEnvironment("SKERRY_FUZZ_SEED", 1'000'000), cases, /*is_sqlite=*/false);
  CHECK(static_cast<std::uint64_t>(accepted) * 2 >= cases);
}

TEST_CASE("a value of a query is the value SQLite gives", "[rules][scalars]") {
  const std::uint64_t cases = FromEnvironment("SKERRY_FUZZ_CASES", 400);
  const std::uint64_t first = FromEnvironment("SKERRY_FUZZ_SEED", 1);
  for (std::uint64_t seed = first; seed < first + cases; ++seed) {
    INFO("SKERRY_FUZZ_SEED=" << seed);
    RandomQueries random(seed, /*is_sqlite=*/true);
    const auto db = OpenMemory();
    REQUIRE(db->Execute(random.Database(3)).ok());
    const std::string scalar = random.Scalar(3);
    INFO(scalar);
    const rules::Compiled compiled = rules::Compile(
        "config:\n  edition: 3\n  unstable_sqlite_expression_engine: true\nstreams:\n  s:\n    query: |\n"
        "      SELECT id, a AS a_, " +
        scalar + " AS v FROM t0\n");
    REQUIRE(compiled.plan != nullptr);
    row::Table shape{.name = "t0"};
    for (const char* column : RandomQueries::kColumns) shape.columns.emplace_back(column);
    const rules::RowEvaluator evaluator(compiled.plan, 1, shape);
    auto statement = db->Prepare("SELECT *, " + scalar + " FROM t0");
    REQUIRE(statement.ok());
    rules::RowResult result;
    for (auto step = statement->Step(); step.ok() && *step; step = statement->Step()) {
      std::vector<row::Value> values;
      for (int i = 0; i < 5; ++i) values.push_back(replication::ValueAt(*statement, i));
      std::string expected = "\"v\":";
      if (!row::AppendJson(expected, replication::ValueAt(*statement, 5))) continue;
      evaluator.Evaluate(values, result);
      CHECK(result.failures.empty());
      REQUIRE(result.membership_count == 1);
      const std::string& data = result.memberships[0].data;
      CHECK(data.substr(data.find("\"v\":"), data.size() - data.find("\"v\":") - 1) == expected);
    }
  }
}
