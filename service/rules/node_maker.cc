#include "rules/node_maker.h"

#include <utility>

namespace skerry::rules {
namespace {

constexpr int kMaxLevels = 100;
constexpr int kMaxOperators = 2000;

}  // namespace

std::optional<Node> NodeMaker::Close(Node node) const {
  node.end = cursor_.EndOfLast();
  return node;
}

Node NodeMaker::Wrap(Op op, Node inner) {
  Node node{.kind = NodeKind::kOperator, .offset = inner.offset, .end = inner.end, .op = op};
  node.arguments.push_back(std::move(inner));
  return node;
}

Node NodeMaker::Combine(Op op, Node left, Node right) {
  CountOperator();
  Node node{.kind = NodeKind::kOperator, .offset = left.offset, .end = right.end, .op = op};
  node.arguments.push_back(std::move(left));
  node.arguments.push_back(std::move(right));
  return node;
}

bool NodeMaker::IsDeep() {
  if (levels_ <= kMaxLevels && operators_ <= kMaxOperators) return false;
  cursor_.Fail("SS010", cursor_.Peek().offset, "the query is nested too deeply");
  return true;
}

}  // namespace skerry::rules
