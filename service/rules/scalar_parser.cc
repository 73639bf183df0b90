#include "rules/scalar_parser.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace skerry::rules {
namespace {

constexpr int kMaxDepth = 100;
constexpr int kMaxOperators = 2000;  // A chain of operators is as deep as it is long.

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

// Counts the levels that are open.
class Nesting {
 public:
  explicit Nesting(int& depth) : depth_(depth) { ++depth_; }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

Node Wrap(Op op, Node inner) {
  Node node{.kind = NodeKind::kOperator, .offset = inner.offset, .end = inner.end, .op = op};
  node.arguments.push_back(std::move(inner));
  return node;
}

}  // namespace

Node ScalarParser::Begin(NodeKind kind) const { return {.kind = kind, .offset = cursor_.Peek().offset}; }

std::optional<Node> ScalarParser::Close(Node node) const {
  node.end = cursor_.EndOfLast();
  return node;
}

bool ScalarParser::IsDeep() {
  if (depth_ <= kMaxDepth && operators_ <= kMaxOperators) return false;
  cursor_.Fail("SS010", cursor_.Peek().offset, "the query is nested too deeply");
  return true;
}

Node ScalarParser::Combine(Op op, Node left, Node right) {
  ++operators_;
  Node node{.kind = NodeKind::kOperator, .offset = left.offset, .end = right.end, .op = op};
  node.arguments.push_back(std::move(left));
  node.arguments.push_back(std::move(right));
  return node;
}

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
  return Close(std::move(node));
}

std::optional<Node> ScalarParser::Or() { return Chain("or", Op::kOr, &ScalarParser::And); }
std::optional<Node> ScalarParser::And() { return Chain("and", Op::kAnd, &ScalarParser::Not); }

std::optional<Node> ScalarParser::Not() {
  if (!cursor_.IsWord("not")) return Is();
  const Nesting nesting(depth_);
  if (IsDeep()) return std::nullopt;
  const std::size_t offset = cursor_.Peek().offset;
  cursor_.Advance();
  auto inner = Not();
  if (!inner) return inner;
  Node node = Wrap(Op::kNot, *std::move(inner));
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
    ++operators_;
    Node node = Wrap(op, *std::move(left));
    left = Close(is_negated ? Wrap(Op::kNot, std::move(node)) : std::move(node));
    if (IsDeep()) return std::nullopt;
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
    left = Combine(*op, *std::move(left), *std::move(right));
    if (IsDeep()) return std::nullopt;
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
    return Close(std::move(node));
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
    return Close(std::move(node));
  }
  return left;
}

// What may stand after IN.
std::optional<Node> ScalarParser::Set() {
  Node list = Begin(NodeKind::kList);
  const bool is_array = cursor_.IsWord("array") && cursor_.IsSymbol("[", 1);
  if (is_array || (cursor_.IsWord("row") && cursor_.IsSymbol("(", 1))) {
    cursor_.Advance(2);
    if (!List(is_array ? "]" : ")", list.arguments)) return std::nullopt;
    return Close(std::move(list));
  }
  if (!cursor_.IsSymbol("(") || cursor_.IsWord("select", 1)) return OtherOperator();
  cursor_.Advance();
  if (!List(")", list.arguments)) return std::nullopt;
  if (list.arguments.size() != 1) return Close(std::move(list));
  // One value in brackets: a text that holds a JSON array is that set, any other constant is a set of one.
  Node& only = list.arguments[0];
  const std::string& text = only.literal.text;
  const bool is_json = only.literal.type == row::Type::kText && !text.empty() && text[0] == '[';
  if (only.kind != NodeKind::kLiteral || is_json) return std::move(only);
  return Close(std::move(list));
}

bool ScalarParser::List(std::string_view close, std::vector<Node>& values) {
  const Nesting nesting(depth_);
  if (IsDeep()) return false;
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
    left = Combine(op.value_or(Op::kEqual), *std::move(left), *std::move(right));
    if (is_overlap) left->kind = NodeKind::kOverlap;
    if (IsDeep()) return std::nullopt;
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
    left = Combine(*op, *std::move(left), *std::move(right));
    if (IsDeep()) return std::nullopt;
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
    left = Combine(*op, *std::move(left), *std::move(right));
    if (IsDeep()) return std::nullopt;
  }
  return left;
}

std::optional<Node> ScalarParser::Unary() {
  const std::size_t offset = cursor_.Peek().offset;
  if (cursor_.TakeSymbol("+")) {
    const Nesting nesting(depth_);
    if (IsDeep()) return std::nullopt;
    return Unary();
  }
  if (!cursor_.TakeSymbol("-")) return Postfix();
  if (cursor_.Peek().kind == TokenKind::kInteger || cursor_.Peek().kind == TokenKind::kReal) {
    auto number = Number(/*is_negative=*/true);
    number->offset = offset;
    return number;
  }
  cursor_.Fail("SS021", offset, "a minus sign is allowed before a number only; write 0 - x");
  return std::nullopt;
}

bool ScalarParser::Type(Op& op) {
  const Token token = cursor_.Peek();
  constexpr std::array<std::pair<std::string_view, Op>, 5> kTypes = {{{"text", Op::kCastText},
                                                                      {"integer", Op::kCastInteger},
                                                                      {"real", Op::kCastReal},
                                                                      {"numeric", Op::kCastNumeric},
                                                                      {"blob", Op::kCastBlob}}};
  for (const auto& [name, cast] : kTypes) {
    if (!cursor_.TakeWord(name)) continue;
    op = cast;
    return true;
  }
  if (token.kind != TokenKind::kName && token.kind != TokenKind::kQuotedName) return cursor_.FailHere();
  return cursor_.Fail("SS021", token.offset,
                      "cannot cast to '" + token.text + "'; the types are text, integer, real, numeric and blob");
}

std::optional<Node> ScalarParser::Postfix() {
  auto node = Primary();
  while (node && cursor_.TakeSymbol("::")) {
    Op op = Op::kCastText;
    if (!Type(op)) return std::nullopt;
    ++operators_;
    node = Close(Wrap(op, *std::move(node)));
    if (IsDeep()) return std::nullopt;
  }
  return node;
}

std::optional<Node> ScalarParser::Number(bool is_negative) {
  const Token token = cursor_.Peek();
  Node node = Begin(NodeKind::kLiteral);
  cursor_.Advance();
  const std::string text = (is_negative ? "-" : "") + token.text;
  node.literal.type = row::Type::kInteger;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), node.literal.integer);
  if (token.kind == TokenKind::kReal || read.ec != std::errc{}) {
    node.literal = {.type = row::Type::kReal, .real = std::strtod(text.c_str(), nullptr)};
  }
  return Close(std::move(node));
}

std::optional<Node> ScalarParser::Primary() {
  const Token token = cursor_.Peek();
  Node literal = Begin(NodeKind::kLiteral);
  switch (token.kind) {
    case TokenKind::kString:
      literal.literal = {.type = row::Type::kText, .text = token.text};
      cursor_.Advance();
      return Close(std::move(literal));
    case TokenKind::kInteger:
    case TokenKind::kReal:
      return Number(/*is_negative=*/false);
    case TokenKind::kQuotedName:
      return NameOrCall();
    case TokenKind::kSymbol: {
      if (token.text == "*") {
        cursor_.Fail("SS015", token.offset, "* is not a value");
        return std::nullopt;
      }
      if (token.text != "(") break;
      const Nesting nesting(depth_);
      if (IsDeep()) return std::nullopt;
      cursor_.Advance();
      if (cursor_.IsWord("select")) {
        Node subquery{.kind = NodeKind::kSubquery, .offset = token.offset};
        subquery.subquery = parse_select_();
        if (!subquery.subquery || !cursor_.Expect(")", "to close the subquery")) return std::nullopt;
        return Close(std::move(subquery));
      }
      auto inner = Or();
      if (!inner || !cursor_.Expect(")", "to close the bracket")) return std::nullopt;
      return inner;
    }
    case TokenKind::kName:
      if (token.text == "true" || token.text == "false") {
        literal.literal = {.type = row::Type::kInteger, .integer = token.text == "true"};
        cursor_.Advance();
        return Close(std::move(literal));
      }
      if (cursor_.TakeWord("null")) return Close(std::move(literal));
      if (token.text == "case") return Case();
      if (token.text == "cast" && cursor_.IsSymbol("(", 1)) return CastCall();
      if (!IsReserved(token.text)) return NameOrCall();
      break;
    case TokenKind::kEnd:
      break;
  }
  cursor_.FailHere();
  return std::nullopt;
}

std::optional<Node> ScalarParser::NameOrCall() {
  Node node = Begin(NodeKind::kName);
  node.name = cursor_.TakeAnyName();
  if (cursor_.TakeSymbol(".")) {
    const Token& second = cursor_.Peek();
    if (cursor_.IsSymbol("*")) {
      cursor_.Fail("SS015", node.offset, "* is not a value");
      return std::nullopt;
    }
    if (second.kind != TokenKind::kName && second.kind != TokenKind::kQuotedName) {
      cursor_.FailHere();
      return std::nullopt;
    }
    node.table = std::move(node.name);
    node.name = cursor_.TakeAnyName();
    if (cursor_.IsSymbol(".")) {
      cursor_.Fail("SS010", cursor_.Peek().offset, "a column has one qualifier; give the table an alias");
      return std::nullopt;
    }
  }
  if (cursor_.IsSymbol("(")) return Call(std::move(node));
  return Close(std::move(node));
}

std::optional<Node> ScalarParser::Call(Node node) {
  node.kind = NodeKind::kCall;
  cursor_.Advance();
  if (cursor_.IsWord("distinct") || cursor_.IsWord("all")) {
    cursor_.Fail("SS020", cursor_.Peek().offset, "'" + cursor_.Peek().text + "' is not allowed in a call");
    return std::nullopt;
  }
  if (cursor_.IsSymbol("*") && cursor_.IsSymbol(")", 1)) {
    // An aggregate: what is unknown is the function.
    cursor_.Fail("SS020", node.offset, "unknown function '" + node.name.text + "'");
    return std::nullopt;
  }
  if (!cursor_.TakeSymbol(")")) {
    const Nesting nesting(depth_);
    if (IsDeep()) return std::nullopt;
    do {
      auto argument = Or();
      if (!argument) return argument;
      node.arguments.push_back(*std::move(argument));
    } while (cursor_.TakeSymbol(","));
    if (cursor_.IsWord("order")) {
      cursor_.Fail("SS020", cursor_.Peek().offset, "ORDER BY is not allowed in a call");
      return std::nullopt;
    }
    if (!cursor_.Expect(")", "to close the call")) return std::nullopt;
  }
  for (const std::string_view word : {"over", "filter", "within"}) {
    if (!cursor_.IsWord(word) || !(cursor_.IsSymbol("(", 1) || cursor_.IsWord("group", 1))) continue;
    cursor_.Fail("SS020", cursor_.Peek().offset, "window and aggregate calls are not allowed");
    return std::nullopt;
  }
  return Close(std::move(node));
}

// CASE [subject] WHEN x THEN y ... [ELSE z] END
std::optional<Node> ScalarParser::Case() {
  const Nesting nesting(depth_);
  if (IsDeep()) return std::nullopt;
  Node node = Begin(NodeKind::kOperator);
  if (grammar_ == Grammar::kLegacy) {
    cursor_.Fail("SS041", node.offset, "CASE is not allowed in bucket_definitions");
    return std::nullopt;
  }
  cursor_.Advance();
  node.op = Op::kCase;
  const auto add = [&] {
    auto value = Or();
    if (value) node.arguments.push_back(*std::move(value));
    return value.has_value();
  };
  if (!cursor_.IsWord("when")) {
    node.op = Op::kCaseOf;
    if (!add()) return std::nullopt;
  }
  do {
    if (!cursor_.ExpectWord("when", "in a CASE") || !add() || !cursor_.ExpectWord("then", "in a CASE") || !add()) {
      return std::nullopt;
    }
  } while (cursor_.IsWord("when"));
  if (cursor_.TakeWord("else")) {
    if (!add()) return std::nullopt;
  } else {
    node.arguments.push_back(Begin(NodeKind::kLiteral));
  }
  if (!cursor_.ExpectWord("end", "to close the CASE")) return std::nullopt;
  return Close(std::move(node));
}

std::optional<Node> ScalarParser::CastCall() {
  const Nesting nesting(depth_);
  if (IsDeep()) return std::nullopt;
  const std::size_t offset = cursor_.Peek().offset;
  cursor_.Advance(2);
  auto inner = Or();
  if (!inner || !cursor_.ExpectWord("as", "in a CAST")) return std::nullopt;
  Op op = Op::kCastText;
  if (!Type(op) || !cursor_.Expect(")", "to close the CAST")) return std::nullopt;
  Node node = Wrap(op, *std::move(inner));
  node.offset = offset;
  return Close(std::move(node));
}

}  // namespace skerry::rules
