// An expression made ready to run: columns are positions, constants are values, nothing is looked up by name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "row/table.h"
#include "row/table_pattern.h"
#include "row/value.h"
#include "rules/dialect.h"
#include "rules/expression.h"
#include "rules/json_values.h"
#include "rules/scratch.h"

namespace skerry::rules {

// The JSON objects that request expressions read. Empty text: no such parameters at all.
struct RequestScopes {
  std::string_view token;
  std::string_view connection;
  std::string_view subscription;
};

// What a program reads. A row's program needs no request, and a request's no row.
struct Inputs {
  std::span<const row::Value> row;
  std::span<const Element> elements;  // The present row of each table function.
  const RequestScopes* request = nullptr;
};

// What names stand for while a program is made.
struct Names {
  // Gives a column's position, or -1 for one that the table does not have: it reads as NULL.
  std::function<int(const std::string&)> column;
  const row::Table* table = nullptr;
  const row::TablePattern* pattern = nullptr;
};

class Program {
 public:
  Program() = default;
  Program(const Expression& expression, const Dialect& dialect, const Names& names);

  // NULL if the evaluation fails, which `scratch` notes. The value borrows from the inputs, the program and `scratch`.
  row::Value Run(const Inputs& inputs, Scratch& scratch) const {
    if (only_column_ >= 0) return inputs.row[static_cast<std::size_t>(only_column_)];
    return Eval(nodes_.back(), inputs, scratch);
  }
  bool Holds(const Inputs& inputs, Scratch& scratch) const;

 private:
  // Children come before their parent; the root is last.
  struct Node {
    Op op = Op::kLiteral;
    Function function = Function::kNone;
    RequestScope scope = RequestScope::kAuth;
    int place = -1;           // Of a column or a table function.
    std::uint32_t first = 0;  // Into children_.
    std::uint32_t count = 0;
    row::Value constant;
  };
  std::uint32_t Add(const Expression& expression, const Names& names);
  std::string_view Keep(std::string_view text);
  row::Value Eval(const Node& node, const Inputs& inputs, Scratch& scratch) const;
  row::Value Child(const Node& node, std::uint32_t at, const Inputs& inputs, Scratch& scratch) const {
    return Eval(nodes_[children_[node.first + at]], inputs, scratch);
  }
  bool ChildHolds(const Node& node, std::uint32_t at, const Inputs& inputs, Scratch& scratch) const;
  row::Value Logic(const Node& node, const Inputs& inputs, Scratch& scratch) const;
  row::Value Case(const Node& node, const Inputs& inputs, Scratch& scratch) const;
  row::Value InList(const Node& node, const Inputs& inputs, Scratch& scratch) const;
  row::Value CallFunction(const Node& node, const Inputs& inputs, Scratch& scratch) const;

  Dialect dialect_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
  std::vector<std::unique_ptr<const std::string>> texts_;  // Of constants; a move leaves them where they are.
  int only_column_ = -1;                                   // The whole program, if it is a column of the row.
};

}  // namespace skerry::rules
