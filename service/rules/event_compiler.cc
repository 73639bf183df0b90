#include "rules/event_compiler.h"

#include <utility>
#include <vector>

#include "rules/lowering.h"
#include "rules/parser.h"
#include "rules/query_compiler.h"
#include "rules/resolver.h"
#include "rules/variant_builder.h"

namespace skerry::rules {

SqlOutcome CompileEvent(const std::string& event, std::string_view sql, std::size_t base, PlanBuilder& plan) {
  SqlOutcome outcome;
  SqlError error;
  const CommonTables none;
  std::vector<SqlWarning> ignored;  // An event has no id.
  const QueryContext context{sql, base, true, none, plan.indexes(), ignored, error};
  const auto compile = [&]() -> bool {
    const auto select = ParseQuery(sql, base, Grammar::kStreams, error);
    if (!select) return false;
    Resolver resolver(Grammar::kStreams, ignored, error);
    Scope scope;
    std::vector<Condition> conditions;
    if (!Lowering(resolver, none).Add(*select, scope, conditions)) return false;
    const auto projection = Project(*select, scope, resolver, context);
    if (!projection) return false;
    const auto variants = Variants(Condition::All(std::move(conditions)), resolver);
    for (const Variant& variant : variants.value_or(std::vector<Variant>{})) {
      VariantBuilder builder(resolver, plan.indexes());
      if (!builder.Take(variant)) return false;
      if (variants->size() != 1 || select->sources.size() != 1 || select->sources[0].kind != SourceKind::kTable) {
        return resolver.Fail("SS041", select->offset, "an event reads rows of one table");
      }
      Querier rest;
      builder.Finish(rest);
      EventSource made{.event = event,
                       .rows = {.rows = builder.RowsOf(projection->table), .output_table = projection->output_table}};
      std::vector<KeyInput> inputs;
      builder.KeysOf(projection->table, made.rows.keys, inputs);
      if (!rest.filters.empty() || !inputs.empty()) {
        return resolver.Fail("SS041", select->offset, "an event cannot use the request");
      }
      for (const OutputColumn& output : projection->outputs) {
        made.rows.outputs.push_back(output);
        if (!output.is_star) made.rows.outputs.back().value = builder.Local(output.value);
      }
      plan.AddEvent(std::move(made));
      return true;
    }
    return resolver.Fail("SS033", select->offset, "the condition has too many alternatives");
  };
  if (!compile()) outcome.error = std::move(error);
  return outcome;
}

}  // namespace skerry::rules
