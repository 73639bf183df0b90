// Conditions and values of a query. Operators bind as in Postgres.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "rules/parser.h"
#include "rules/syntax.h"
#include "rules/token_cursor.h"

namespace skerry::rules {

class ScalarParser {
 public:
  // Parses a SELECT that the cursor stands on; nullptr after a failure.
  using ParseSelect = std::function<std::shared_ptr<const Select>()>;

  ScalarParser(TokenCursor& cursor, Grammar grammar, ParseSelect parse_select)
      : cursor_(cursor), grammar_(grammar), parse_select_(std::move(parse_select)) {}

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
  std::optional<Node> Postfix();
  std::optional<Node> Primary();
  std::optional<Node> Number(bool is_negative);
  std::optional<Node> NameOrCall();
  std::optional<Node> Call(Node node);
  std::optional<Node> Case();
  std::optional<Node> CastCall();
  bool Type(Op& op);

  std::optional<Node> Chain(std::string_view word, Op op, Level next);
  Node Begin(NodeKind kind) const;
  Node Combine(Op op, Node left, Node right);
  std::optional<Node> Close(Node node) const;
  bool IsDeep();

  TokenCursor& cursor_;
  Grammar grammar_;
  ParseSelect parse_select_;
  int depth_ = 0;
  int operators_ = 0;
};

}  // namespace skerry::rules
