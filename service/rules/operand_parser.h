// What operators stand between: constants, names, calls, CASE, CAST and x::type, brackets, subqueries.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "rules/node_maker.h"
#include "rules/parser.h"
#include "rules/syntax.h"
#include "rules/token_cursor.h"

namespace skerry::rules {

// Borrows cursor and nodes.
class OperandParser {
 public:
  // Parses a SELECT that the cursor stands on; nullptr after a failure.
  using ParseSelect = std::function<std::shared_ptr<const Select>()>;
  // Parses a whole expression inside an operand.
  using ParseValue = std::function<std::optional<Node>()>;

  OperandParser(TokenCursor& cursor, NodeMaker& nodes, Grammar grammar, ParseSelect parse_select,
                ParseValue parse_value)
      : cursor_(cursor),
        nodes_(nodes),
        grammar_(grammar),
        parse_select_(std::move(parse_select)),
        parse_value_(std::move(parse_value)) {}

  // One operand with its casts.
  std::optional<Node> Parse();
  // The number that the cursor stands on.
  std::optional<Node> Number(bool is_negative);

 private:
  std::optional<Node> Primary();
  std::optional<Node> NameOrCall();
  std::optional<Node> Call(Node node);
  std::optional<Node> Case();
  std::optional<Node> CastCall();
  bool Type(Op& op);

  TokenCursor& cursor_;
  NodeMaker& nodes_;
  Grammar grammar_;
  ParseSelect parse_select_;
  ParseValue parse_value_;
};

}  // namespace skerry::rules
