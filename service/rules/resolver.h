// Names of a query → the table, table function or request value each stands for.
//
// A query reads instances: every mention of a table is one of its own, so a table may stand in a query twice. Common
// table expressions and subqueries in FROM are no instances: their columns are expressions over the instances inside.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "row/table_pattern.h"
#include "rules/expression.h"
#include "rules/lexer.h"
#include "rules/parser.h"
#include "rules/syntax.h"

namespace skerry::rules {

// A warning's offset into the query, until it becomes a Diagnostic.
struct SqlWarning {
  std::string id;
  std::size_t offset = 0;
  std::string message;
};

struct Instance {
  enum class Kind : std::uint8_t { kTable, kRowFunction, kRequestFunction };
  Kind kind = Kind::kTable;
  row::TablePattern pattern;  // kTable.
  std::optional<Name> alias;  // kTable.
  Expression argument;        // What a function expands.
  int table = -1;             // kTable: itself. kRowFunction: the table whose row is expanded.
  std::size_t offset = 0;
};

// What an expression is about.
struct Sides {
  std::set<int> tables;
  std::set<int> functions;  // Over request data.
  bool has_request = false;
  bool has_bucket = false;  // A parameter of a legacy bucket.
  bool has_element = false;

  bool is_one_table() const { return tables.size() == 1 && !is_outside(); }
  bool is_outside() const { return !functions.empty() || has_request || has_bucket; }
  bool is_request_only() const { return tables.empty() && functions.empty() && !has_bucket; }
};

// What a name in FROM stands for: an instance, or the columns of a subquery.
struct Visible {
  std::string name;
  int instance = -1;
  std::vector<std::pair<std::string, Expression>> columns;  // Of a subquery.
};
struct Scope {
  const Scope* outer = nullptr;
  std::vector<Visible> sources;
};

class Resolver {
 public:
  Resolver(Grammar grammar, std::vector<SqlWarning>& warnings, SqlError& error)
      : grammar_(grammar), warnings_(warnings), error_(error) {}

  bool Fail(std::string_view id, std::size_t offset, std::string message);
  void Warn(std::string id, std::size_t offset, std::string message) {
    warnings_.push_back({std::move(id), offset, std::move(message)});
  }

  // nullopt with the error set.
  std::optional<Expression> Resolve(const Node& node, const Scope& scope);
  // The source that `name` or, without a name, the only one of the scope is.
  const Visible* Find(const Name& name, const Scope& scope);

  int AddTable(const Source& source);
  // json_each(argument). -1 with the error set.
  int AddFunction(Expression argument, std::size_t offset);
  static Expression Element(int instance, bool is_key, std::size_t offset);

  Sides SidesOf(const Expression& expression) const;
  const std::vector<Instance>& instances() const { return instances_; }

 private:
  std::optional<Expression> ResolveName(const Node& node, const Scope& scope);
  std::optional<Expression> Column(const Visible& source, const Name& name, std::size_t offset);
  std::optional<Expression> ResolveCall(const Node& node, const Scope& scope);
  std::optional<Expression> TableCall(const Node& node, const Visible& source);
  std::optional<Expression> RequestCall(const Node& node, const Scope& scope);
  std::optional<Expression> LegacyName(const Node& node);
  std::optional<Expression> ResolveIn(const Node& node, const Scope& scope);
  bool Arguments(const Node& node, const Scope& scope, std::vector<Expression>& out);
  void Collect(const Expression& expression, Sides& sides) const;

  Grammar grammar_;
  std::vector<SqlWarning>& warnings_;
  SqlError& error_;
  std::vector<Instance> instances_;
};

}  // namespace skerry::rules
