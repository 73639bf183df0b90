// One Select of a stream → its variants, each with the pieces of a plan: a data source, and the querier that
// instantiates its buckets (sync-streams.md, section 7).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/lowering.h"
#include "rules/plan.h"
#include "rules/resolver.h"
#include "rules/variant_builder.h"

namespace skerry::rules {

struct CompiledVariant {
  DataSource data;
  Querier querier;  // Without its bucket source.
};

struct QueryContext {
  std::string_view sql;  // For the names of columns that have none.
  std::size_t base = 0;  // Of the offsets into it.
  bool accept_dangerous = false;
  const CommonTables& common_tables;
  IndexSet& indexes;
  std::vector<SqlWarning>& warnings;
  SqlError& error;
};

// nullopt with the error set.
std::optional<std::vector<CompiledVariant>> CompileQuery(const Select& select, const QueryContext& context);

// What `select` gives of its one table: the outputs, and which instance that is. nullopt with the error set.
struct Projection {
  int table = -1;
  std::vector<OutputColumn> outputs;
  std::string output_table;
};
std::optional<Projection> Project(const Select& select, const Scope& scope, Resolver& resolver,
                                  const QueryContext& context);

}  // namespace skerry::rules
