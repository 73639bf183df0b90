#include "rules/legacy_compiler.h"

#include <algorithm>
#include <set>
#include <utility>

#include "rules/canonical.h"
#include "rules/danger.h"
#include "rules/lowering.h"
#include "rules/parser.h"
#include "rules/variant_builder.h"

namespace skerry::rules {
namespace {

bool IsAnyOf(const Expression& expression, const std::vector<Op>& ops) {
  if (std::find(ops.begin(), ops.end(), expression.op) != ops.end()) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const Expression& argument) { return IsAnyOf(argument, ops); });
}

// What the request puts into a querier, whatever it is compared with.
std::set<std::string> RequestInputs(const Querier& querier) {
  std::set<std::string> inputs;
  const auto add = [&](const std::vector<KeyInput>& keys) {
    for (const KeyInput& key : keys) {
      for (const Input& input : key.inputs) {
        if (input.slot < 0 && IsAnyOf(input.value, {Op::kRequest, Op::kElementValue})) inputs.insert(Canonical(input));
      }
    }
  };
  for (const Lookup& lookup : querier.lookups) add(lookup.keys);
  for (const Expression& function : querier.functions) inputs.insert(Canonical(function));
  return inputs;
}

}  // namespace

LegacyOutcome LegacyCompiler::AddParameters(std::string_view sql, std::size_t base) {
  LegacyOutcome outcome;
  SqlError error;
  Resolver resolver(Grammar::kLegacy, outcome.warnings, error);
  const auto select = ParseQuery(sql, base, Grammar::kLegacy, error);
  if (!select || !Parameters(*select, resolver, outcome.warnings)) outcome.error = std::move(error);
  return outcome;
}

LegacyOutcome LegacyCompiler::AddData(std::string_view sql, std::size_t base) {
  LegacyOutcome outcome;
  SqlError error;
  Resolver resolver(Grammar::kLegacy, outcome.warnings, error);
  const CommonTables none;
  const QueryContext context{sql, base, accept_dangerous_, none, plan_.indexes(), outcome.warnings, error};
  const auto select = ParseQuery(sql, base, Grammar::kLegacy, error);
  if (!select || !Data(*select, resolver, context)) outcome.error = std::move(error);
  return outcome;
}

bool LegacyCompiler::CheckCondition(const Node& node, Resolver& resolver, const Scope& scope) {
  const bool has_subquery =
      node.kind == NodeKind::kSubquery || (node.kind == NodeKind::kIn && node.arguments[1].kind == NodeKind::kSubquery);
  if (has_subquery) return resolver.Fail("SS041", node.offset, "a subquery is not allowed in bucket_definitions");
  const bool is_negation =
      (node.kind == NodeKind::kOperator && node.op == Op::kNot) || (node.kind == NodeKind::kIn && node.is_negated);
  if (is_negation) {
    Sides sides;
    for (const Node& argument : node.arguments) {
      const auto value =
          argument.kind == NodeKind::kList ? std::optional(Expression{}) : resolver.Resolve(argument, scope);
      if (!value) return false;
      const Sides more = resolver.SidesOf(*value);
      sides.has_bucket = sides.has_bucket || more.has_bucket;
      sides.has_request = sides.has_request || more.has_request;
      sides.tables.insert(more.tables.begin(), more.tables.end());
    }
    if (sides.has_bucket || (sides.has_request && !sides.tables.empty())) {
      return resolver.Fail("SS041", node.offset, "a comparison of a row with a parameter cannot be negated");
    }
  }
  return std::all_of(node.arguments.begin(), node.arguments.end(),
                     [&](const Node& argument) { return CheckCondition(argument, resolver, scope); });
}

bool LegacyCompiler::CheckAlternatives(const Select& select, const std::vector<Querier>& queriers, Resolver& resolver) {
  for (const Querier& querier : queriers) {
    if (RequestInputs(querier) != RequestInputs(queriers[0])) {
      return resolver.Fail("SS041", select.conditions[0].offset, "both sides of OR must use the same parameters");
    }
    const auto expands = [](const KeyInput& key) {
      return std::any_of(key.inputs.begin(), key.inputs.end(), [](const Input& input) {
        return input.slot < 0 && IsAnyOf(input.value, {Op::kElementValue});
      });
    };
    std::ptrdiff_t expanding = 0;
    for (const Lookup& lookup : querier.lookups)
      expanding += std::count_if(lookup.keys.begin(), lookup.keys.end(), expands);
    if (expanding > 1) {
      return resolver.Fail("SS041", select.conditions[0].offset, "at most one IN may expand a parameter");
    }
  }
  return true;
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
    if (!CheckCondition(condition, resolver, scope)) return false;
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
  if (!CheckAlternatives(select, made, resolver)) return false;
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
    if (!CheckCondition(condition, resolver, scope)) return false;
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
                    [](const Expression& filter) { return IsAnyOf(filter, {Op::kRequest}); }) ||
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

LegacyOutcome CompileEvent(const std::string& event, std::string_view sql, std::size_t base, PlanBuilder& plan) {
  LegacyOutcome outcome;
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
