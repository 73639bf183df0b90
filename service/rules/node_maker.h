// Makes the nodes of an expression with their places in the query, and knows how deep and how long it has become: its
// tree is walked by recursion later, so both have a limit.
#pragma once

#include <optional>

#include "rules/syntax.h"
#include "rules/token_cursor.h"

namespace skerry::rules {

// Borrows the cursor.
class NodeMaker {
 public:
  explicit NodeMaker(TokenCursor& cursor) : cursor_(cursor) {}

  // Counts a level of nesting as long as it lives.
  class Level {
   public:
    explicit Level(NodeMaker& maker) : maker_(maker) { ++maker_.levels_; }
    ~Level() { --maker_.levels_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    NodeMaker& maker_;
  };

  // A node that begins at the next token, and its end at the last one taken.
  Node Begin(NodeKind kind) const { return {.kind = kind, .offset = cursor_.Peek().offset}; }
  std::optional<Node> Close(Node node) const;
  // An operator over one node, and over two.
  static Node Wrap(Op op, Node inner);
  Node Combine(Op op, Node left, Node right);
  // A chain of operators is as deep as it is long.
  void CountOperator() { ++operators_; }
  // True, with the error set, when it is too much.
  bool IsDeep();

 private:
  TokenCursor& cursor_;
  int levels_ = 0;
  int operators_ = 0;
};

}  // namespace skerry::rules
