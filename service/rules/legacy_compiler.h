// bucket_definitions (sync-streams.md, section 11.2): parameter queries name the parameters of buckets, data queries
// match them. They become the same queriers and sources as streams do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rules/plan.h"
#include "rules/plan_builder.h"
#include "rules/query_compiler.h"
#include "rules/resolver.h"
#include "rules/sql_outcome.h"

namespace skerry::rules {

// One definition: all its parameter queries, then all its data queries.
class LegacyCompiler {
 public:
  LegacyCompiler(std::string name, bool accept_dangerous, PlanBuilder& plan)
      : name_(std::move(name)), accept_dangerous_(accept_dangerous), plan_(plan) {}

  SqlOutcome AddParameters(std::string_view sql, std::size_t base);
  SqlOutcome AddData(std::string_view sql, std::size_t base);
  void Finish(bucket::Priority priority);

 private:
  bool Parameters(const Select& select, Resolver& resolver, std::vector<SqlWarning>& warnings);
  bool Data(const Select& select, Resolver& resolver, const QueryContext& context);

  std::string name_;
  bool accept_dangerous_;
  PlanBuilder& plan_;
  bool has_parameters_ = false;
  std::vector<std::string> columns_;  // Of the parameter queries; their order is that of the keys.
  std::vector<Querier> queriers_;
  std::vector<std::size_t> data_;
};

}  // namespace skerry::rules
