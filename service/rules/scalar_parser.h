// Conditions and values of a query: operators, which bind as in Postgres, over operands.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/operand_parser.h"
#include "rules/parser.h"
#include "rules/syntax.h"
#include "rules/token_cursor.h"

namespace skerry::rules {

class ScalarParser {
 public:
  ScalarParser(TokenCursor& cursor, Grammar grammar, OperandParser::ParseSelect parse_select)
      : cursor_(cursor),
        nodes_(cursor),
        grammar_(grammar),
        operands_(cursor, nodes_, grammar, std::move(parse_select), [this] { return Or(); }) {}
  ScalarParser(const ScalarParser&) = delete;
  ScalarParser& operator=(const ScalarParser&) = delete;

  // A whole expression, AND and OR included.
  std::optional<Node> Parse() { return Or(); }
  // Values up to `close`, which is taken.
  bool List(std::string_view close, std::vector<Node>& values);

 private:
  using Level = std::optional<Node> (ScalarParser::*)();

  std::optional<Node> Or();
  std::optional<Node> And();
  std::optional<Node> Not();
  std::optional<Node> Is();
  std::optional<Node> Comparison();
  std::optional<Node> InOrBetween();
  std::optional<Node> Set();
  std::optional<Node> OtherOperator();
  std::optional<Node> Sum();
  std::optional<Node> Product();
  std::optional<Node> Unary();

  std::optional<Node> Chain(std::string_view word, Op op, Level next);

  TokenCursor& cursor_;
  NodeMaker nodes_;
  Grammar grammar_;
  OperandParser operands_;
};

}  // namespace skerry::rules
