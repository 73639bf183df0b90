// A query as it was written: what the parser gives and the compiler reads. Offsets point into the query's text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/expression.h"

namespace skerry::rules {

struct Name {
  std::string text;
  std::size_t offset = 0;
  bool is_quoted = false;
};

struct Select;

enum class NodeKind : std::uint8_t {
  kLiteral,
  kName,      // [table .] name
  kCall,      // [table .] name (arguments)
  kOperator,  // op over the arguments; kAnd and kOr over any number.
  kIn,        // The first argument in the second, which may be a list, a subquery, a name or any value.
  kOverlap,   // a && b
  kBetween,
  kList,  // ARRAY[...], ROW(...) or (a, b)
  kSubquery,
};

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  std::size_t offset = 0;
  std::size_t end = 0;
  Literal literal;
  std::optional<Name> table;
  Name name;
  Op op = Op::kLiteral;
  bool is_negated = false;  // NOT IN, NOT BETWEEN.
  std::vector<Node> arguments;
  std::shared_ptr<const Select> subquery;
};

struct SelectItem {
  bool is_star = false;
  std::optional<Name> table;  // Before the star.
  Node value;
  std::optional<Name> alias;
  std::size_t offset = 0;
};

enum class SourceKind : std::uint8_t { kTable, kFunction, kSubquery };

struct Source {
  SourceKind kind = SourceKind::kTable;
  std::optional<Name> schema;
  Name name;
  std::vector<Node> arguments;  // Of a function.
  std::shared_ptr<const Select> subquery;
  std::optional<Name> alias;
  std::vector<Name> columns;  // (SELECT ...) AS name (columns)
  std::size_t offset = 0;
};

struct Select {
  std::vector<SelectItem> items;
  std::vector<Source> sources;
  std::vector<Node> conditions;  // WHERE and every ON; all must hold.
  std::size_t offset = 0;
};

}  // namespace skerry::rules
