// Names of a query → the table, table function or request value each stands for.
//
// Common table expressions and subqueries in FROM are no instances of their own: their columns are expressions over the
// instances inside.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/expression.h"
#include "rules/instances.h"
#include "rules/lexer.h"
#include "rules/parser.h"
#include "rules/sql_outcome.h"
#include "rules/syntax.h"

namespace skerry::rules {

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

  int AddTable(const Source& source) { return instances_.AddTable(source); }
  // json_each(argument). -1 with the error set.
  int AddFunction(Expression argument, std::size_t offset);

  Sides SidesOf(const Expression& expression) const { return instances_.SidesOf(expression); }
  const Instances& instances() const { return instances_; }

 private:
  std::optional<Expression> ResolveName(const Node& node, const Scope& scope);
  std::optional<Expression> Column(const Visible& source, const Name& name, std::size_t offset);
  std::optional<Expression> ResolveCall(const Node& node, const Scope& scope);
  std::optional<Expression> TableCall(const Node& node, const Visible& source);
  std::optional<Expression> RequestCall(const Node& node, const Scope& scope);
  std::optional<Expression> LegacyName(const Node& node);
  std::optional<Expression> ResolveIn(const Node& node, const Scope& scope);
  bool Arguments(const Node& node, const Scope& scope, std::vector<Expression>& out);

  Grammar grammar_;
  std::vector<SqlWarning>& warnings_;
  SqlError& error_;
  Instances instances_;
};

}  // namespace skerry::rules
