#include "rules/query_compiler.h"

#include <algorithm>

#include "rules/danger.h"

namespace skerry::rules {
namespace {

void WarnIfDangerous(const Querier& querier, std::vector<SqlWarning>& warnings) {
  const Expression* parameter = FindDangerousParameter(querier);
  if (parameter == nullptr) return;
  const std::size_t offset = parameter->offset;
  const auto is_same = [&](const SqlWarning& known) { return known.id == "SW001" && known.offset == offset; };
  if (std::any_of(warnings.begin(), warnings.end(), is_same)) return;
  warnings.push_back({"SW001", offset,
                      "any client may choose this parameter and so read every row; add a condition on auth, or set "
                      "accept_potentially_dangerous_queries: true"});
}

}  // namespace

std::optional<std::vector<CompiledVariant>> CompileQuery(const Select& select, const QueryContext& context) {
  Resolver resolver(Grammar::kStreams, context.warnings, context.error);
  Lowering lowering(resolver, context.common_tables);
  Scope scope;
  std::vector<Condition> conditions;
  if (!lowering.Add(select, scope, conditions)) return std::nullopt;
  const auto projection = Project(select, scope, resolver, context);
  if (!projection) return std::nullopt;
  const auto variants = Variants(Condition::All(std::move(conditions)), resolver);
  if (!variants) {
    resolver.Fail("SS033", select.offset,
                  "the condition has more than " + std::to_string(kMaxVariants) + " alternatives; take it apart");
    return std::nullopt;
  }
  std::vector<CompiledVariant> compiled;
  for (const Variant& variant : *variants) {
    VariantBuilder builder(resolver, context.indexes);
    if (!builder.Take(variant) || !builder.Connect(projection->table)) return std::nullopt;
    CompiledVariant& made = compiled.emplace_back();
    made.data.output_table = projection->output_table;
    made.data.rows = builder.RowsOf(projection->table);
    for (const OutputColumn& output : projection->outputs) {
      made.data.outputs.push_back(output);
      OutputColumn& added = made.data.outputs.back();
      if (!added.is_star) added.value = builder.Local(added.value);
    }
    builder.KeysOf(projection->table, made.data.keys, made.querier.keys);
    builder.Finish(made.querier);
    if (!context.accept_dangerous) WarnIfDangerous(made.querier, context.warnings);
  }
  return compiled;
}

}  // namespace skerry::rules
