#include "rules/query_compiler.h"

#include <algorithm>
#include <map>
#include <utility>

#include "rules/canonical.h"
#include "rules/danger.h"
#include "rules/parser.h"

namespace skerry::rules {
namespace {

// `a op b` as seen from b.
Comparison Mirrored(Comparison op) {
  switch (op) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessEqual:
      return Comparison::kGreaterEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterEqual:
      return Comparison::kLessEqual;
    default:
      return op;
  }
}

// The table that a SELECT reads, and what it learns from its WHERE.
struct Scope {
  const Select* select = nullptr;
  const Scope* outer = nullptr;
  std::vector<RowFilter> filters;
  std::map<std::string, KeyInput> keys;  // By column, so that two conditions on one column intersect (E03).

  const std::string& visible_name() const { return select->alias ? select->alias->text : select->table.text; }
};

class QueryCompiler {
 public:
  QueryCompiler(IndexSet& indexes, std::vector<SqlWarning>& warnings, SqlError& error)
      : indexes_(indexes), warnings_(warnings), error_(error) {}

  std::optional<CompiledQuery> Run(const Select& select, bool accept_dangerous) {
    Scope scope{.select = &select};
    CompiledQuery query;
    query.data.table = select.table.text;
    query.data.output_table = scope.visible_name();
    if (!Outputs(scope, query.data.outputs) || !Where(scope)) return std::nullopt;
    query.data.filters = std::move(scope.filters);
    for (auto& [column, input] : scope.keys) {
      query.data.keys.push_back(column);
      query.querier.keys.push_back(std::move(input));
    }
    query.querier.filters = std::move(request_filters_);
    query.querier.gates = std::move(gates_);
    query.querier.is_dynamic = has_lookup_;
    if (!accept_dangerous) WarnIfDangerous(query.querier);
    return query;
  }

 private:
  bool Fail(std::string_view id, std::size_t offset, std::string message) {
    error_ = {std::string(id), offset, std::move(message)};
    return false;
  }

  bool CheckQualifier(const Scope& scope, const ColumnRef& ref) {
    if (!ref.table || ref.table->text == scope.visible_name()) return true;
    for (const Scope* outer = scope.outer; outer != nullptr; outer = outer->outer) {
      if (ref.table->text == outer->visible_name()) {
        return Fail(kNotSupportedYet, ref.table->offset,
                    "a subquery that refers to an outer table is not supported yet");
      }
    }
    std::string message = "unknown table or alias '" + ref.table->text + "'";
    if (scope.select->alias && ref.table->text == scope.select->table.text) {
      message += "; the table is called '" + scope.visible_name() + "' here";
    }
    return Fail("SS015", ref.table->offset, message);
  }

  bool Outputs(const Scope& scope, std::vector<OutputColumn>& outputs) {
    bool has_id = false;
    bool has_alias = false;
    for (const SelectItem& item : scope.select->items) {
      if (!CheckQualifier(scope, item.column)) return false;
      if (item.star) {
        if (has_alias) {
          warnings_.push_back({"SW003", item.offset, "the * overwrites the columns named before it; put it first"});
        }
        outputs.push_back({.star = true});
        has_id = true;
        continue;
      }
      const std::string& name = item.alias ? item.alias->text : item.column.column.text;
      has_alias = has_alias || item.alias.has_value();
      has_id = has_id || name == "id";
      outputs.push_back({.column = item.column.column.text, .name = name});
    }
    if (!has_id) {
      warnings_.push_back({"SW004", scope.select->offset,
                           "the query selects no column 'id', so all its rows are one object on the client; add one, "
                           "for example: key AS id"});
    }
    return true;
  }

  bool Where(Scope& scope) {
    return std::all_of(scope.select->where.begin(), scope.select->where.end(),
                       [&](const Predicate& predicate) { return Condition(scope, predicate); });
  }

  bool Condition(Scope& scope, const Predicate& predicate) {
    if (predicate.subquery) return In(scope, predicate);
    if (!predicate.right) return NullTest(scope, predicate);
    // Whatever is not a literal comes first, and a column before request data.
    const Operand* left = &predicate.left;
    const Operand* right = &*predicate.right;
    Comparison op = predicate.op;
    if (left->index() > right->index()) {
      std::swap(left, right);
      op = Mirrored(op);
    }
    if (const auto* literal = std::get_if<LiteralRef>(right)) {
      if (literal->value.type == row::Type::kNull) {
        return Fail("SS010", literal->offset, "nothing compares with NULL; write IS NULL or IS NOT NULL");
      }
    }
    if (const auto* column = std::get_if<ColumnRef>(left))
      return ColumnCondition(scope, *column, op, *right, predicate);
    if (const auto* request = std::get_if<RequestRef>(left)) return RequestCondition(*request, op, *right);
    return Fail(kNotSupportedYet, OffsetOf(*left), "a comparison of two literals is not supported yet");
  }

  bool ColumnCondition(Scope& scope, const ColumnRef& column, Comparison op, const Operand& right,
                       const Predicate& predicate) {
    if (!CheckQualifier(scope, column)) return false;
    if (const auto* request = std::get_if<RequestRef>(&right)) {
      if (op != Comparison::kEqual) {
        return Fail("SS030", predicate.offset, "a column and request data can be compared with = only");
      }
      scope.keys[column.column.text].sets.push_back({.request = Use(*request)});
      return true;
    }
    RowFilter filter{.column = column.column.text, .op = op};
    if (const auto* other = std::get_if<ColumnRef>(&right)) {
      if (!CheckQualifier(scope, *other)) return false;
      filter.right = other->column.text;
    } else {
      filter.right = std::get_if<LiteralRef>(&right)->value;
    }
    scope.filters.push_back(std::move(filter));
    return true;
  }

  bool RequestCondition(const RequestRef& left, Comparison op, const Operand& right) {
    RequestFilter filter{.left = *Use(left), .op = op};
    if (const auto* request = std::get_if<RequestRef>(&right)) {
      filter.right = *Use(*request);
    } else {
      filter.right = std::get_if<LiteralRef>(&right)->value;
    }
    request_filters_.push_back(std::move(filter));
    return true;
  }

  bool NullTest(Scope& scope, const Predicate& predicate) {
    if (const auto* column = std::get_if<ColumnRef>(&predicate.left)) {
      if (!CheckQualifier(scope, *column)) return false;
      scope.filters.push_back({.column = column->column.text, .op = predicate.op});
      return true;
    }
    if (const auto* request = std::get_if<RequestRef>(&predicate.left)) {
      request_filters_.push_back({.left = *Use(*request), .op = predicate.op});
      return true;
    }
    return Fail(kNotSupportedYet, OffsetOf(predicate.left), "a null test of a literal is not supported yet");
  }

  // column IN (SELECT ...) keys the bucket by what the lookup returns; request IN (SELECT ...) only opens or shuts it
  // (E14).
  bool In(Scope& scope, const Predicate& predicate) {
    if (const auto* column = std::get_if<ColumnRef>(&predicate.left)) {
      if (!CheckQualifier(scope, *column)) return false;
      std::shared_ptr<const Lookup> lookup = Subquery(scope, *predicate.subquery, nullptr);
      if (!lookup) return false;
      scope.keys[column->column.text].sets.push_back({.lookup = std::move(lookup)});
      return true;
    }
    if (const auto* request = std::get_if<RequestRef>(&predicate.left)) {
      std::shared_ptr<const Lookup> lookup = Subquery(scope, *predicate.subquery, Use(*request));
      if (!lookup) return false;
      gates_.push_back(std::move(lookup));
      return true;
    }
    return Fail(kNotSupportedYet, OffsetOf(predicate.left), "a literal before IN is not supported yet");
  }

  // With `gate`, the selected column becomes one more key, matched with the request, and nothing is returned.
  std::shared_ptr<const Lookup> Subquery(const Scope& outer, const Select& select,
                                         std::shared_ptr<const RequestExpression> gate) {
    Scope scope{.select = &select, .outer = &outer};
    if (select.items.size() != 1 || select.items[0].star) {
      Fail("SS016", select.items[0].offset, "a subquery after IN must select exactly one column");
      return nullptr;
    }
    const ColumnRef& column = select.items[0].column;
    if (!CheckQualifier(scope, column) || !Where(scope)) return nullptr;
    IndexSource index{.table = select.table.text, .filters = std::move(scope.filters)};
    if (gate) {
      scope.keys[column.column.text].sets.push_back({.request = std::move(gate)});
    } else {
      index.outputs = {column.column.text};
    }
    Lookup lookup;
    for (auto& [key, input] : scope.keys) {
      index.keys.push_back(key);
      lookup.keys.push_back(std::move(input));
    }
    lookup.index = indexes_.Add(std::move(index));
    has_lookup_ = true;
    return std::make_shared<const Lookup>(std::move(lookup));
  }

  // Remembers where each request value was first written, for the warning.
  std::shared_ptr<const RequestExpression> Use(const RequestRef& ref) {
    offsets_.try_emplace(Canonical(ref.value), ref.offset);
    return std::make_shared<const RequestExpression>(ref.value);
  }

  void WarnIfDangerous(const Querier& querier) {
    const RequestExpression* parameter = FindDangerousParameter(querier);
    if (parameter == nullptr) return;
    warnings_.push_back({"SW001", offsets_[Canonical(*parameter)],
                         "any client may choose this parameter and so read every row; add a condition on auth, or set "
                         "accept_potentially_dangerous_queries: true"});
  }

  IndexSet& indexes_;
  std::vector<SqlWarning>& warnings_;
  SqlError& error_;
  std::vector<RequestFilter> request_filters_;
  std::vector<std::shared_ptr<const Lookup>> gates_;
  std::map<std::string, std::size_t> offsets_;
  bool has_lookup_ = false;
};

}  // namespace

std::size_t IndexSet::Add(IndexSource index) {
  const std::string text = Canonical(index);
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    if (Canonical(indexes_[i]) == text) return i;
  }
  indexes_.push_back(std::move(index));
  return indexes_.size() - 1;
}

std::optional<CompiledQuery> CompileQuery(const Select& select, bool accept_dangerous, IndexSet& indexes,
                                          std::vector<SqlWarning>& warnings, SqlError& error) {
  return QueryCompiler(indexes, warnings, error).Run(select, accept_dangerous);
}

}  // namespace skerry::rules
