// bucket_definitions (sync-streams.md, section 11.2): parameter queries name the parameters of buckets, data queries
// match them. They become the same queriers and sources as streams do.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/plan.h"
#include "rules/plan_builder.h"
#include "rules/resolver.h"

namespace skerry::rules {

struct LegacyOutcome {
  std::optional<SqlError> error;
  std::vector<SqlWarning> warnings;
};

// One definition: all its parameter queries, then all its data queries.
class LegacyCompiler {
 public:
  LegacyCompiler(std::string name, bool accept_dangerous, PlanBuilder& plan)
      : name_(std::move(name)), accept_dangerous_(accept_dangerous), plan_(plan) {}

  LegacyOutcome AddParameters(std::string_view sql, std::size_t base);
  LegacyOutcome AddData(std::string_view sql, std::size_t base);
  void Finish(bucket::Priority priority);

 private:
  bool Parameters(const Select& select, Resolver& resolver, std::vector<SqlWarning>& warnings);
  bool Data(const Select& select, Resolver& resolver, const QueryContext& context);
  // False, with the error set, if the condition needs what legacy queries do not have.
  bool CheckCondition(const Node& node, Resolver& resolver, const Scope& scope);
  // False, with the error set, unless the variants of an OR are keyed by the same request values.
  bool CheckAlternatives(const Select& select, const std::vector<Querier>& queriers, Resolver& resolver);

  std::string name_;
  bool accept_dangerous_;
  PlanBuilder& plan_;
  bool has_parameters_ = false;
  std::vector<std::string> columns_;  // Of the parameter queries; their order is that of the keys.
  std::vector<Querier> queriers_;
  std::vector<std::size_t> data_;
};

// A payload of event_definitions.
LegacyOutcome CompileEvent(const std::string& event, std::string_view sql, std::size_t base, PlanBuilder& plan);

}  // namespace skerry::rules
