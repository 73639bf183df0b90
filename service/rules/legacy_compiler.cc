#include "rules/legacy_compiler.h"

#include <algorithm>
#include <utility>

#include "rules/danger.h"
#include "rules/legacy_limits.h"
#include "rules/lowering.h"
#include "rules/parser.h"
#include "rules/variant_builder.h"

namespace skerry::rules {
SqlOutcome LegacyCompiler::AddParameters(std::string_view sql, std::size_t base) {
  SqlOutcome outcome;
  SqlError error;
  Resolver resolver(Grammar::kLegacy, outcome.warnings, error);
  const auto select = ParseQuery(sql, base, Grammar::kLegacy, error);
  if (!select || !Parameters(*select, resolver, outcome.warnings)) outcome.error = std::move(error);
  return outcome;
}

SqlOutcome LegacyCompiler::AddData(std::string_view sql, std::size_t base) {
  SqlOutcome outcome;
  SqlError error;
  Resolver resolver(Grammar::kLegacy, outcome.warnings, error);
  const CommonTables none;
  const QueryContext context{sql, base, accept_dangerous_, none, plan_.indexes(), outcome.warnings, error};
  const auto select = ParseQuery(sql, base, Grammar::kLegacy, error);
  if (!select || !Data(*select, resolver, context)) outcome.error = std::move(error);
  return outcome;
}

bool LegacyCompiler::Parameters(const Select& select, Resolver& resolver, std::vector<SqlWarning>& warnings) {
  has_parameters_ = true;
  if (select.sources.size() > 1) {
    return resolver.Fail("SS041", select.sources[1].offset, "a parameter query reads one table");
  }
  for (const Source& source : select.sources) {
    if (source.kind != SourceKind::kSubquery) continue;
    return resolver.Fail("SS041", source.offset, "a subquery is not allowed in bucket_definitions");
  }
  const CommonTables none;
  Lowering lowering(resolver, none);
  Scope scope;
  std::vector<Condition> conditions;
  if (!lowering.AddSources(select, scope, conditions)) return false;
  for (const Node& condition : select.conditions) {
    if (!CheckLegacyCondition(condition, resolver, scope)) return false;
  }
  if (!lowering.AddConditions(select, scope, conditions)) return false;

  std::vector<std::string> columns;
  std::vector<Expression> values;
  std::optional<bucket::Priority> priority;
  for (const SelectItem& item : select.items) {
    if (item.is_star) return resolver.Fail("SS041", item.offset, "* is not allowed in a parameter query");
    auto value = resolver.Resolve(item.value, scope);
    if (!value) return false;
    const std::string name = ColumnName(item);
    if (name == "_priority") {
      const Literal& literal = value->literal;
      if (value->op != Op::kLiteral || literal.type != row::Type::kInteger || literal.integer < 0 ||
          literal.integer > 3) {
        return resolver.Fail("SS003", item.offset, "_priority must be 0, 1, 2 or 3");
      }
      priority = static_cast<bucket::Priority>(literal.integer);
      continue;
    }
    const Sides sides = resolver.SidesOf(*value);
    if (!sides.tables.empty() && sides.is_outside()) {
      return resolver.Fail("SS030", item.offset, "a parameter comes from the table or from the request, not from both");
    }
    if (name.empty()) {
      return resolver.Fail("SS041", item.offset, "this parameter has no name; add one with AS");
    }
    columns.push_back(name);
    values.push_back(*std::move(value));
  }
  std::vector<std::string> sorted = columns;
  std::sort(sorted.begin(), sorted.end());
  if (queriers_.empty()) columns_ = columns;
  std::vector<std::string> expected = columns_;
  std::sort(expected.begin(), expected.end());
  if (sorted != expected) {
    return resolver.Fail("SS041", select.offset, "all parameter queries of a definition must name the same parameters");
  }

  const auto variants = Variants(Condition::All(std::move(conditions)), resolver);
  if (!variants) return resolver.Fail("SS033", select.offset, "the condition has too many alternatives");
  std::vector<Querier> made;
  for (const Variant& variant : *variants) {
    VariantBuilder builder(resolver, plan_.indexes());
    if (!builder.Take(variant)) return false;
    for (const Expression& value : values) builder.Want(value);
    if (!builder.Connect(-1)) return false;
    Querier& querier = made.emplace_back();
    querier.allows_null = true;
    querier.priority = priority;
    builder.Finish(querier);
    // In the order of the first query's columns.
    for (const std::string& column : columns_) {
      const auto at = static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin());
      querier.keys.push_back({{builder.WantedInput(values[at])}});
    }
  }
  if (!CheckLegacyAlternatives(made, select, resolver)) return false;
  for (Querier& querier : made) {
    const Expression* parameter = accept_dangerous_ ? nullptr : FindDangerousParameter(querier);
    if (parameter != nullptr) {
      warnings.push_back({"SW001", parameter->offset,
                          "any client may choose this parameter and so read every row; add a condition on the token, "
                          "or set accept_potentially_dangerous_queries: true"});
    }
    queriers_.push_back(std::move(querier));
  }
  return true;
}

bool LegacyCompiler::Data(const Select& select, Resolver& resolver, const QueryContext& context) {
  if (select.sources.size() != 1 || select.sources[0].kind != SourceKind::kTable) {
    return resolver.Fail(select.sources.empty() ? "SS013" : "SS041", select.offset, "a data query reads one table");
  }
  if (select.items.empty()) return resolver.Fail("SS013", select.offset, "the query selects no column");
  Scope scope;
  std::vector<Condition> conditions;
  Lowering lowering(resolver, context.common_tables);
  if (!lowering.AddSources(select, scope, conditions)) return false;
  for (const Node& condition : select.conditions) {
    if (!CheckLegacyCondition(condition, resolver, scope)) return false;
  }
  if (!lowering.AddConditions(select, scope, conditions)) return false;
  const auto projection = Project(select, scope, resolver, context);
  if (!projection) return false;
  const auto variants = Variants(Condition::All(std::move(conditions)), resolver);
  if (!variants) return resolver.Fail("SS033", select.offset, "the condition has too many alternatives");
  for (const Variant& variant : *variants) {
    VariantBuilder builder(resolver, plan_.indexes());
    if (!builder.Take(variant)) return false;
    DataSource data{.rows = builder.RowsOf(projection->table), .output_table = projection->output_table};
    Querier rest;
    builder.Finish(rest);
    if (std::any_of(rest.filters.begin(), rest.filters.end(),
                    [](const Expression& filter) { return Mentions(filter, {Op::kRequest}); }) ||
        !rest.functions.empty()) {
      return resolver.Fail("SS041", select.offset,
                           "a data query cannot use the request; give a parameter query instead");
    }
    for (const Expression& filter : rest.filters) data.rows.filters.push_back(filter);
    std::vector<Expression> unused_keys;
    std::vector<KeyInput> direct;
    builder.KeysOf(projection->table, unused_keys, direct);
    if (!direct.empty()) {
      return resolver.Fail("SS041", select.offset,
                           "a data query cannot use the request; give a parameter query instead");
    }
    for (const auto& [parameter, value] : builder.bucket_matches()) {
      if (std::find(columns_.begin(), columns_.end(), parameter) != columns_.end()) continue;
      return resolver.Fail("SS040", value.offset, "no parameter query gives bucket." + parameter);
    }
    for (const std::string& column : columns_) {
      const Expression* key = nullptr;
      for (const auto& [parameter, value] : builder.bucket_matches()) {
        if (parameter != column) continue;
        if (key != nullptr) {
          return resolver.Fail("SS040", value.offset, "bucket." + column + " is matched twice");
        }
        key = &value;
      }
      if (key == nullptr) {
        return resolver.Fail("SS040", select.offset, "the query must match bucket." + column + " with a column");
      }
      data.keys.push_back(builder.Local(*key));
    }
    for (const OutputColumn& output : projection->outputs) {
      data.outputs.push_back(output);
      if (!output.is_star) data.outputs.back().value = builder.Local(output.value);
    }
    data_.push_back(plan_.AddData(std::move(data)));
  }
  return true;
}

void LegacyCompiler::Finish(bucket::Priority priority) {
  if (!has_parameters_) queriers_.emplace_back();  // One global bucket.
  Stream stream{.name = name_, .auto_subscribe = true, .priority = priority};
  const std::size_t source = plan_.AddDefinition(name_, data_);
  for (Querier& querier : queriers_) {
    querier.bucket_source = source;
    stream.queriers.push_back(std::move(querier));
  }
  plan_.AddStream(std::move(stream));
}

}  // namespace skerry::rules
