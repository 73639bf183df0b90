// Every row of a source, evaluated: how many stand in which bucket, and what lookups find. Rows themselves are not
// kept.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "replication/source.h"
#include "rules/plan.h"
#include "rules/request_evaluator.h"
#include "rules/row_evaluator.h"

namespace skerry::app {

// A sink for one copy of the source, table by table; then an index for a request.
class CheckContents final : public replication::ChangeSink, public rules::IndexReader {
 public:
  explicit CheckContents(std::shared_ptr<const rules::Plan> plan) : plan_(std::move(plan)) {}

  // By bucket, the deployment's number in front.
  const std::map<std::string, std::size_t>& rows() const { return rows_; }
  std::size_t RowsIn(const std::string& bucket) const;
  // Columns that a table lacks, rows that cannot be evaluated: for a person.
  const std::vector<std::string>& problems() const { return problems_; }

  // replication::ChangeSink
  Status BeginTable(const row::Table& table) override;
  Status Upsert(const row::Table& table, std::string_view key, std::span<const row::Value> values,
                std::span<const int> keep) override;
  Status EndTable(const row::Table& table) override;

  // rules::IndexReader
  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override;

 private:
  // A copy has no history, and nothing but rows.
  Status BeginHistory(std::string_view) override { return kDone; }
  Status DropTable(std::string_view) override { return kDone; }
  Status Delete(const row::Table&, std::string_view) override { return kDone; }
  Result<bool> Restore(const row::Table&, std::string_view, std::span<const int>, std::span<row::Value>) override {
    return false;
  }
  Status Commit(std::string_view) override { return kDone; }

  std::shared_ptr<const rules::Plan> plan_;
  std::optional<rules::RowEvaluator> evaluator_;  // Of the table that is being read.
  std::size_t failures_ = 0;                      // In it.
  rules::RowResult result_;
  std::map<std::string, std::size_t> rows_;
  std::multimap<std::pair<std::uint32_t, std::string>, std::string> entries_;
  std::vector<std::string> problems_;
};

}  // namespace skerry::app
