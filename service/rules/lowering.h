// FROM and WHERE of a query → one condition over instances: subqueries, CTEs and sets become tables and equalities
// (sync-streams.md, section 4.1).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/condition.h"
#include "rules/resolver.h"

namespace skerry::rules {

// The common table expressions that a query may name.
struct CommonTable {
  const Select* select = nullptr;
  bool* is_used = nullptr;
};
using CommonTables = std::map<std::string, CommonTable, std::less<>>;

class Lowering {
 public:
  Lowering(Resolver& resolver, const CommonTables& tables) : resolver_(resolver), tables_(tables) {}

  // Adds the sources of `select` to `scope` and what they ask for to `out`. False with the error set.
  bool AddSources(const Select& select, Scope& scope, std::vector<Condition>& out);
  // What WHERE and ON ask for.
  bool AddConditions(const Select& select, const Scope& scope, std::vector<Condition>& out);
  bool Add(const Select& select, Scope& scope, std::vector<Condition>& out) {
    return AddSources(select, scope, out) && AddConditions(select, scope, out);
  }

 private:
  std::optional<Condition> Lower(const Node& node, bool is_negated, const Scope& scope);
  std::optional<Condition> Leaf(const Node& node, bool is_negated, const Scope& scope);
  std::optional<Condition> In(const Node& node, bool is_negated, const Scope& scope);
  std::optional<Condition> Overlap(const Node& node, bool is_negated, const Scope& scope);
  // A set on one side of && or behind IN: one expression that runs over its elements, and what that needs.
  std::optional<Expression> Elements(const Node& set, const Scope& scope, std::vector<Condition>& needs);
  bool AddSource(const Source& source, Scope& scope, std::vector<Condition>& out);
  bool AddFunctionSource(const Source& source, const Scope& scope, Visible& visible, std::vector<Condition>& out);
  bool AddColumns(const Select& select, const Scope* outer, std::span<const Name> names, Visible& visible,
                  std::vector<Condition>& out);
  const CommonTable* FindCommonTable(const Name& name);

  Resolver& resolver_;
  const CommonTables& tables_;
  bool is_in_common_table_ = false;
};

// The name of the column that `item` makes; empty if only its text could be one.
std::string ColumnName(const SelectItem& item);

}  // namespace skerry::rules
