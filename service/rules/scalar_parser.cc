#include "rules/scalar_parser.h"

#include <array>
#include <utility>

namespace skerry::rules {
namespace {

struct Operator {
  std::string_view symbol;
  Op op;
};
constexpr std::array<Operator, 7> kComparisons = {{{"=", Op::kEqual},
                                                   {"!=", Op::kNotEqual},
                                                   {"<>", Op::kNotEqual},
                                                   {"<=", Op::kLessEqual},
                                                   {">=", Op::kGreaterEqual},
                                                   {"<", Op::kLess},
                                                   {">", Op::kGreater}}};
constexpr std::array<Operator, 7> kOthers = {{{"||", Op::kConcat},
                                              {"->>", Op::kArrowText},
                                              {"->", Op::kArrow},
                                              {"&", Op::kBitAnd},
                                              {"|", Op::kBitOr},
                                              {"<<", Op::kShiftLeft},
                                              {">>", Op::kShiftRight}}};
constexpr std::array<Operator, 2> kSums = {{{"+", Op::kAdd}, {"-", Op::kSubtract}}};
constexpr std::array<Operator, 3> kProducts = {{{"*", Op::kMultiply}, {"/", Op::kDivide}, {"%", Op::kModulo}}};

template <std::size_t size>
std::optional<Op> Take(TokenCursor& cursor, const std::array<Operator, size>& operators) {
  for (const Operator& one : operators) {
    if (cursor.TakeSymbol(one.symbol)) return one.op;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Node> ScalarParser::Chain(std::string_view word, Op op, Level next) {
  auto first = (this->*next)();
  if (!first || !cursor_.IsWord(word)) return first;
  Node node{.kind = NodeKind::kOperator, .offset = first->offset, .op = op};
  node.arguments.push_back(*std::move(first));
  while (cursor_.TakeWord(word)) {
    auto another = (this->*next)();
    if (!another) return std::nullopt;
    node.arguments.push_back(*std::move(another));
  }
  return nodes_.Close(std::move(node));
}

std::optional<Node> ScalarParser::Or() { return Chain("or", Op::kOr, &ScalarParser::And); }
std::optional<Node> ScalarParser::And() { return Chain("and", Op::kAnd, &ScalarParser::Not); }

std::optional<Node> ScalarParser::Not() {
  if (!cursor_.IsWord("not")) return Is();
  const NodeMaker::Level level(nodes_);
  if (nodes_.IsDeep()) return std::nullopt;
  const std::size_t offset = cursor_.Peek().offset;
  cursor_.Advance();
  auto inner = Not();
  if (!inner) return inner;
  Node node = NodeMaker::Wrap(Op::kNot, *std::move(inner));
  node.offset = offset;
  return node;
}

std::optional<Node> ScalarParser::Is() {
  auto left = Comparison();
  while (left && cursor_.TakeWord("is")) {
    const bool is_negated = cursor_.TakeWord("not");
    Op op = Op::kIsNull;
    if (cursor_.TakeWord("true")) {
      op = Op::kIsTrue;
    } else if (cursor_.TakeWord("false")) {
      op = Op::kIsFalse;
    } else if (!cursor_.TakeWord("null")) {
      cursor_.Fail("SS010", cursor_.Peek().offset, "expected NULL, TRUE or FALSE after IS");
      return std::nullopt;
    }
    nodes_.CountOperator();
    Node node = NodeMaker::Wrap(op, *std::move(left));
    left = nodes_.Close(is_negated ? NodeMaker::Wrap(Op::kNot, std::move(node)) : std::move(node));
    if (nodes_.IsDeep()) return std::nullopt;
  }
  return left;
}

std::optional<Node> ScalarParser::Comparison() {
  auto left = InOrBetween();
  while (left) {
    const auto op = Take(cursor_, kComparisons);
    if (!op) break;
    auto right = InOrBetween();
    if (!right) return right;
    left = nodes_.Combine(*op, *std::move(left), *std::move(right));
    if (nodes_.IsDeep()) return std::nullopt;
  }
  return left;
}

std::optional<Node> ScalarParser::InOrBetween() {
  auto left = OtherOperator();
  if (!left) return left;
  const bool is_negated = cursor_.IsWord("not") && (cursor_.IsWord("in", 1) || cursor_.IsWord("between", 1));
  if (is_negated) cursor_.Advance();
  if (cursor_.IsWord("in")) {
    Node node{.kind = NodeKind::kIn, .offset = left->offset, .is_negated = is_negated};
    cursor_.Advance();
    auto set = Set();
    if (!set) return set;
    node.arguments.push_back(*std::move(left));
    node.arguments.push_back(*std::move(set));
    return nodes_.Close(std::move(node));
  }
  if (cursor_.IsWord("between")) {
    if (grammar_ == Grammar::kLegacy) {
      cursor_.Fail("SS041", cursor_.Peek().offset, "BETWEEN is not allowed in bucket_definitions");
      return std::nullopt;
    }
    Node node{.kind = NodeKind::kBetween, .offset = left->offset, .is_negated = is_negated};
    cursor_.Advance();
    auto low = OtherOperator();
    if (!low) return low;
    if (!cursor_.TakeWord("and")) {
      if (cursor_.IsEnd()) {
        cursor_.Fail("SS010", cursor_.Peek().offset, "expected AND after BETWEEN");
      } else {
        cursor_.FailHere();
      }
      return std::nullopt;
    }
    auto high = OtherOperator();
    if (!high) return high;
    for (auto* part : {&*left, &*low, &*high}) node.arguments.push_back(std::move(*part));
    return nodes_.Close(std::move(node));
  }
  return left;
}

// What may stand after IN.
std::optional<Node> ScalarParser::Set() {
  Node list = nodes_.Begin(NodeKind::kList);
  const bool is_array = cursor_.IsWord("array") && cursor_.IsSymbol("[", 1);
  if (is_array || (cursor_.IsWord("row") && cursor_.IsSymbol("(", 1))) {
    cursor_.Advance(2);
    if (!List(is_array ? "]" : ")", list.arguments)) return std::nullopt;
    return nodes_.Close(std::move(list));
  }
  if (!cursor_.IsSymbol("(") || cursor_.IsWord("select", 1)) return OtherOperator();
  cursor_.Advance();
  if (!List(")", list.arguments)) return std::nullopt;
  if (list.arguments.size() != 1) return nodes_.Close(std::move(list));
  // One value in brackets: a text that holds a JSON array is that set, any other constant is a set of one.
  Node& only = list.arguments[0];
  const std::string& text = only.literal.text;
  const bool is_json = only.literal.type == row::Type::kText && !text.empty() && text[0] == '[';
  if (only.kind != NodeKind::kLiteral || is_json) return std::move(only);
  return nodes_.Close(std::move(list));
}

bool ScalarParser::List(std::string_view close, std::vector<Node>& values) {
  const NodeMaker::Level level(nodes_);
  if (nodes_.IsDeep()) return false;
  if (cursor_.TakeSymbol(close)) return true;
  do {
    auto value = Or();
    if (!value) return false;
    values.push_back(*std::move(value));
  } while (cursor_.TakeSymbol(","));
  return cursor_.Expect(close, "to close the list");
}

std::optional<Node> ScalarParser::OtherOperator() {
  auto left = Sum();
  while (left) {
    const bool is_overlap = cursor_.TakeSymbol("&&");
    const auto op = is_overlap ? std::optional<Op>() : Take(cursor_, kOthers);
    if (!is_overlap && !op) break;
    auto right = Sum();
    if (!right) return right;
    left = nodes_.Combine(op.value_or(Op::kEqual), *std::move(left), *std::move(right));
    if (is_overlap) left->kind = NodeKind::kOverlap;
    if (nodes_.IsDeep()) return std::nullopt;
  }
  return left;
}

std::optional<Node> ScalarParser::Sum() {
  auto left = Product();
  while (left) {
    const auto op = Take(cursor_, kSums);
    if (!op) break;
    auto right = Product();
    if (!right) return right;
    left = nodes_.Combine(*op, *std::move(left), *std::move(right));
    if (nodes_.IsDeep()) return std::nullopt;
  }
  return left;
}

std::optional<Node> ScalarParser::Product() {
  auto left = Unary();
  while (left) {
    const auto op = Take(cursor_, kProducts);
    if (!op) break;
    auto right = Unary();
    if (!right) return right;
    left = nodes_.Combine(*op, *std::move(left), *std::move(right));
    if (nodes_.IsDeep()) return std::nullopt;
  }
  return left;
}

std::optional<Node> ScalarParser::Unary() {
  const std::size_t offset = cursor_.Peek().offset;
  if (cursor_.TakeSymbol("+")) {
    const NodeMaker::Level level(nodes_);
    if (nodes_.IsDeep()) return std::nullopt;
    return Unary();
  }
  if (!cursor_.TakeSymbol("-")) return operands_.Parse();
  if (cursor_.Peek().kind == TokenKind::kInteger || cursor_.Peek().kind == TokenKind::kReal) {
    auto number = operands_.Number(/*is_negative=*/true);
    number->offset = offset;
    return number;
  }
  cursor_.Fail("SS021", offset, "a minus sign is allowed before a number only; write 0 - x");
  return std::nullopt;
}

}  // namespace skerry::rules
