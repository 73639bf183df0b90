#include "rules/operand_parser.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace skerry::rules {

bool OperandParser::Type(Op& op) {
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

std::optional<Node> OperandParser::Parse() {
  auto node = Primary();
  while (node && cursor_.TakeSymbol("::")) {
    Op op = Op::kCastText;
    if (!Type(op)) return std::nullopt;
    nodes_.CountOperator();
    node = nodes_.Close(NodeMaker::Wrap(op, *std::move(node)));
    if (nodes_.IsDeep()) return std::nullopt;
  }
  return node;
}

std::optional<Node> OperandParser::Number(bool is_negative) {
  const Token token = cursor_.Peek();
  Node node = nodes_.Begin(NodeKind::kLiteral);
  cursor_.Advance();
  const std::string text = (is_negative ? "-" : "") + token.text;
  node.literal.type = row::Type::kInteger;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), node.literal.integer);
  if (token.kind == TokenKind::kReal || read.ec != std::errc{}) {
    node.literal = {.type = row::Type::kReal, .real = std::strtod(text.c_str(), nullptr)};
  }
  return nodes_.Close(std::move(node));
}

std::optional<Node> OperandParser::Primary() {
  const Token token = cursor_.Peek();
  Node literal = nodes_.Begin(NodeKind::kLiteral);
  switch (token.kind) {
    case TokenKind::kString:
      literal.literal = {.type = row::Type::kText, .text = token.text};
      cursor_.Advance();
      return nodes_.Close(std::move(literal));
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
      const NodeMaker::Level level(nodes_);
      if (nodes_.IsDeep()) return std::nullopt;
      cursor_.Advance();
      if (cursor_.IsWord("select")) {
        Node subquery{.kind = NodeKind::kSubquery, .offset = token.offset};
        subquery.subquery = parse_select_();
        if (!subquery.subquery || !cursor_.Expect(")", "to close the subquery")) return std::nullopt;
        return nodes_.Close(std::move(subquery));
      }
      auto inner = parse_value_();
      if (!inner || !cursor_.Expect(")", "to close the bracket")) return std::nullopt;
      return inner;
    }
    case TokenKind::kName:
      if (token.text == "true" || token.text == "false") {
        literal.literal = {.type = row::Type::kInteger, .integer = token.text == "true"};
        cursor_.Advance();
        return nodes_.Close(std::move(literal));
      }
      if (cursor_.TakeWord("null")) return nodes_.Close(std::move(literal));
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

std::optional<Node> OperandParser::NameOrCall() {
  Node node = nodes_.Begin(NodeKind::kName);
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
  return nodes_.Close(std::move(node));
}

std::optional<Node> OperandParser::Call(Node node) {
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
    const NodeMaker::Level level(nodes_);
    if (nodes_.IsDeep()) return std::nullopt;
    do {
      auto argument = parse_value_();
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
  return nodes_.Close(std::move(node));
}

// CASE [subject] WHEN x THEN y ... [ELSE z] END
std::optional<Node> OperandParser::Case() {
  const NodeMaker::Level level(nodes_);
  if (nodes_.IsDeep()) return std::nullopt;
  Node node = nodes_.Begin(NodeKind::kOperator);
  if (grammar_ == Grammar::kLegacy) {
    cursor_.Fail("SS041", node.offset, "CASE is not allowed in bucket_definitions");
    return std::nullopt;
  }
  cursor_.Advance();
  node.op = Op::kCase;
  const auto add = [&] {
    auto value = parse_value_();
    if (!value) return false;
    node.arguments.push_back(*std::move(value));
    return true;
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
    node.arguments.push_back(nodes_.Begin(NodeKind::kLiteral));
  }
  if (!cursor_.ExpectWord("end", "to close the CASE")) return std::nullopt;
  return nodes_.Close(std::move(node));
}

std::optional<Node> OperandParser::CastCall() {
  const NodeMaker::Level level(nodes_);
  if (nodes_.IsDeep()) return std::nullopt;
  const std::size_t offset = cursor_.Peek().offset;
  cursor_.Advance(2);
  auto inner = parse_value_();
  if (!inner || !cursor_.ExpectWord("as", "in a CAST")) return std::nullopt;
  Op op = Op::kCastText;
  if (!Type(op) || !cursor_.Expect(")", "to close the CAST")) return std::nullopt;
  Node node = NodeMaker::Wrap(op, *std::move(inner));
  node.offset = offset;
  return nodes_.Close(std::move(node));
}

}  // namespace skerry::rules
