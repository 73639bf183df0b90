// A query as it was written: what the parser gives and the compiler reads. Offsets point into the query's text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rules/expression.h"

namespace skerry::rules {

struct Name {
  std::string text;
  std::size_t offset = 0;
};

struct ColumnRef {
  std::optional<Name> table;
  Name column;
};
struct RequestRef {
  RequestExpression value;
  std::size_t offset = 0;
};
struct LiteralRef {
  Literal value;
  std::size_t offset = 0;
};
using Operand = std::variant<ColumnRef, RequestRef, LiteralRef>;

std::size_t OffsetOf(const Operand& operand);

struct Select;

// `left op right`, `left IS [NOT] NULL`, or `left IN (subquery)`.
struct Predicate {
  Operand left;
  Comparison op = Comparison::kEqual;
  std::optional<Operand> right;
  std::shared_ptr<const Select> subquery;
  std::size_t offset = 0;  // Of the operator.
};

struct SelectItem {
  bool star = false;
  ColumnRef column;  // For a star only `column.table` counts.
  std::optional<Name> alias;
  std::size_t offset = 0;
};

struct Select {
  std::vector<SelectItem> items;
  Name table;
  std::optional<Name> alias;
  std::vector<Predicate> where;  // All must hold.
  std::size_t offset = 0;
};

}  // namespace skerry::rules
