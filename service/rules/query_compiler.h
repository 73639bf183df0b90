// One Select → the pieces of a plan: a data source, and the querier that instantiates its buckets (sync-streams.md,
// section 7, for a single variant).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/lexer.h"
#include "rules/plan.h"
#include "rules/syntax.h"

namespace skerry::rules {

// A warning's offset into the query, until it becomes a Diagnostic.
struct SqlWarning {
  std::string id;
  std::size_t offset = 0;
  std::string message;
};

struct CompiledQuery {
  DataSource data;
  Querier querier;  // Without its bucket source.
};

// Collects the parameter indexes of all queries, so that equal ones are shared.
class IndexSet {
 public:
  std::size_t Add(IndexSource index);
  std::vector<IndexSource> Take() { return std::move(indexes_); }

 private:
  std::vector<IndexSource> indexes_;
};

// nullopt with `error` set.
std::optional<CompiledQuery> CompileQuery(const Select& select, bool accept_dangerous, IndexSet& indexes,
                                          std::vector<SqlWarning>& warnings, SqlError& error);

}  // namespace skerry::rules
