#include "rules/lowering.h"

#include <algorithm>
#include <set>
#include <utility>

namespace skerry::rules {

std::string ColumnName(const SelectItem& item) {
  if (item.alias) return item.alias->text;
  return item.value.kind == NodeKind::kName ? item.value.name.text : std::string();
}

const CommonTable* Lowering::FindCommonTable(const Name& name) {
  const auto found = tables_.find(name.text);
  return found == tables_.end() ? nullptr : &found->second;
}

bool Lowering::AddSources(const Select& select, Scope& scope, std::vector<Condition>& out) {
  // Functions may expand a column of a table that stands after them.
  for (const Source& source : select.sources) {
    if (!AddSource(source, scope, out)) return false;
  }
  for (std::size_t i = 0; i < select.sources.size(); ++i) {
    if (select.sources[i].kind != SourceKind::kFunction) continue;
    if (!AddFunctionSource(select.sources[i], scope, scope.sources[i], out)) return false;
  }
  return true;
}

bool Lowering::AddConditions(const Select& select, const Scope& scope, std::vector<Condition>& out) {
  for (const Node& condition : select.conditions) {
    auto lowered = Lower(condition, /*is_negated=*/false, scope);
    if (!lowered) return false;
    out.push_back(*std::move(lowered));
  }
  return true;
}

bool Lowering::AddSource(const Source& source, Scope& scope, std::vector<Condition>& out) {
  Visible visible{.name = source.alias ? source.alias->text : source.name.text};
  for (const Visible& other : scope.sources) {
    if (other.name == visible.name) {
      return resolver_.Fail("SS015", source.offset, "two tables are called '" + visible.name + "'; give one an alias");
    }
  }
  const CommonTable* common =
      source.kind == SourceKind::kTable && !source.schema ? FindCommonTable(source.name) : nullptr;
  if (common != nullptr && is_in_common_table_) {
    return resolver_.Fail("SS015", source.offset, "a CTE cannot use another CTE ('" + source.name.text + "')");
  }
  if (common != nullptr) {
    *common->is_used = true;
    is_in_common_table_ = true;
    const bool added = AddColumns(*common->select, nullptr, source.columns, visible, out);
    is_in_common_table_ = false;
    if (!added) return false;
  } else if (source.kind == SourceKind::kSubquery) {
    if (!AddColumns(*source.subquery, nullptr, source.columns, visible, out)) return false;
  } else if (source.kind == SourceKind::kTable) {
    visible.instance = resolver_.AddTable(source);
    out.push_back(Condition::Reads(visible.instance));
  }
  scope.sources.push_back(std::move(visible));
  return true;
}

bool Lowering::AddFunctionSource(const Source& source, const Scope& scope, Visible& visible,
                                 std::vector<Condition>& out) {
  if (source.name.text != "json_each") {
    return resolver_.Fail("SS020", source.offset,
                          "unknown table function '" + source.name.text + "'; there is json_each");
  }
  if (source.arguments.size() != 1) {
    return resolver_.Fail("SS020", source.offset, "json_each() takes exactly one argument");
  }
  auto argument = resolver_.Resolve(source.arguments[0], scope);
  if (!argument) return false;
  visible.instance = resolver_.AddFunction(*std::move(argument), source.offset);
  if (visible.instance < 0) return false;
  out.push_back(Condition::Reads(visible.instance));
  return true;
}

bool Lowering::AddColumns(const Select& select, const Scope* outer, std::span<const Name> names, Visible& visible,
                          std::vector<Condition>& out) {
  Scope scope{.outer = outer, .sources = {}};
  if (!Add(select, scope, out)) return false;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < select.items.size(); ++i) {
    const SelectItem& item = select.items[i];
    if (item.is_star)
      return resolver_.Fail("SS016", item.offset, "name the columns: * is not allowed in a subquery or CTE");
    auto value = resolver_.Resolve(item.value, scope);
    if (!value) return false;
    const std::string name = i < names.size() ? names[i].text : ColumnName(item);
    if (!name.empty() && !seen.insert(name).second) {
      return resolver_.Fail("SS016", item.offset, "two columns are called '" + name + "'");
    }
    visible.columns.emplace_back(name, *std::move(value));
  }
  if (names.empty() || names.size() == select.items.size()) return true;
  return resolver_.Fail("SS016", names[0].offset,
                        "the subquery has " + std::to_string(select.items.size()) + " columns, and here are " +
                            std::to_string(names.size()) + " names");
}

std::optional<Condition> Lowering::Lower(const Node& node, bool is_negated, const Scope& scope) {
  if (node.kind == NodeKind::kIn) return In(node, is_negated != node.is_negated, scope);
  if (node.kind == NodeKind::kOverlap) return Overlap(node, is_negated, scope);
  if (node.kind != NodeKind::kOperator) return Leaf(node, is_negated, scope);
  if (node.op == Op::kNot) return Lower(node.arguments[0], !is_negated, scope);
  if (node.op != Op::kAnd && node.op != Op::kOr) return Leaf(node, is_negated, scope);
  std::vector<Condition> parts;
  for (const Node& argument : node.arguments) {
    auto part = Lower(argument, is_negated, scope);
    if (!part) return part;
    parts.push_back(*std::move(part));
  }
  // De Morgan: the opposite of all is any of the opposites.
  return (node.op == Op::kAnd) != is_negated ? Condition::All(std::move(parts)) : Condition::Any(std::move(parts));
}

std::optional<Condition> Lowering::Leaf(const Node& node, bool is_negated, const Scope& scope) {
  auto value = resolver_.Resolve(node, scope);
  if (!value) return std::nullopt;
  if (!is_negated) return Condition::Leaf(*std::move(value));
  return Condition::Leaf(Expression::Make(Op::kNot, node.offset, {*std::move(value)}));
}

std::optional<Condition> Lowering::In(const Node& node, bool is_negated, const Scope& scope) {
  const Node& set = node.arguments[1];
  const auto scalar = [&]() -> std::optional<Condition> {
    auto test = resolver_.Resolve(node, scope);
    if (!test) return std::nullopt;
    // The node's own NOT is in the test already.
    if (is_negated == node.is_negated) return Condition::Leaf(*std::move(test));
    return Condition::Leaf(Expression::Make(Op::kNot, node.offset, {*std::move(test)}));
  };
  if (set.kind == NodeKind::kList) return scalar();
  const bool is_common = set.kind == NodeKind::kName && !set.table && FindCommonTable(set.name) != nullptr;
  const bool is_query = set.kind == NodeKind::kSubquery || is_common;
  if (!is_query) {
    const auto left = resolver_.Resolve(node.arguments[0], scope);
    const auto right = resolver_.Resolve(set, scope);
    if (!left || !right) return std::nullopt;
    const Sides sides = resolver_.SidesOf(Expression::Make(Op::kInJson, 0, {*left, *right}));
    if (sides.is_one_table() || (sides.tables.empty() && !sides.has_bucket)) return scalar();
  }
  if (is_negated) {
    resolver_.Fail("SS030", node.offset,
                   "NOT IN works with constants and values of one side only; it cannot exclude what a query or the "
                   "request gives");
    return std::nullopt;
  }
  std::vector<Condition> parts;
  auto left = resolver_.Resolve(node.arguments[0], scope);
  if (!left) return std::nullopt;
  auto element = Elements(set, scope, parts);
  if (!element) return std::nullopt;
  parts.push_back(Condition::Leaf(Expression::Make(Op::kEqual, node.offset, {*std::move(left), *std::move(element)})));
  return Condition::All(std::move(parts));
}

std::optional<Condition> Lowering::Overlap(const Node& node, bool is_negated, const Scope& scope) {
  if (is_negated) {
    resolver_.Fail("SS030", node.offset, "NOT cannot stand before &&");
    return std::nullopt;
  }
  std::vector<Condition> parts;
  auto left = Elements(node.arguments[0], scope, parts);
  if (!left) return std::nullopt;
  auto right = Elements(node.arguments[1], scope, parts);
  if (!right) return std::nullopt;
  parts.push_back(Condition::Leaf(Expression::Make(Op::kEqual, node.offset, {*std::move(left), *std::move(right)})));
  return Condition::All(std::move(parts));
}

std::optional<Expression> Lowering::Elements(const Node& set, const Scope& scope, std::vector<Condition>& needs) {
  const CommonTable* common = set.kind == NodeKind::kName && !set.table ? FindCommonTable(set.name) : nullptr;
  if (common != nullptr || set.kind == NodeKind::kSubquery) {
    if (common != nullptr && is_in_common_table_) {
      resolver_.Fail("SS015", set.offset, "a CTE cannot use another CTE ('" + set.name.text + "')");
      return std::nullopt;
    }
    const Select& select = common != nullptr ? *common->select : *set.subquery;
    if (select.items.size() != 1 || select.items[0].is_star) {
      const bool is_wide_common = common != nullptr && select.items.size() != 1;
      resolver_.Fail(is_wide_common ? "SS018" : "SS016", is_wide_common ? set.offset : select.items[0].offset,
                     is_wide_common
                         ? "'" + set.name.text + "' has several columns, so it cannot stand after IN; join it"
                         : "a subquery after IN must select exactly one column");
      return std::nullopt;
    }
    Visible visible;
    if (common != nullptr) {
      *common->is_used = true;
      is_in_common_table_ = true;
    }
    const bool added = AddColumns(select, common != nullptr ? nullptr : &scope, {}, visible, needs);
    if (common != nullptr) is_in_common_table_ = false;
    if (!added) return std::nullopt;
    return std::move(visible.columns[0].second);
  }
  auto value = resolver_.Resolve(set, scope);
  if (!value) return value;
  const int instance = resolver_.AddFunction(*std::move(value), set.offset);
  if (instance < 0) return std::nullopt;
  needs.push_back(Condition::Reads(instance));
  return Instances::Element(instance, /*is_key=*/false, set.offset);
}

}  // namespace skerry::rules
