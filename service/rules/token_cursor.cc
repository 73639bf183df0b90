#include "rules/token_cursor.h"

#include <algorithm>
#include <array>

#include "rules/parser.h"

namespace skerry::rules {
namespace {

bool Contains(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Words that end a name list or a condition, so they are never an alias.
constexpr std::array<std::string_view, 36> kReserved = {
    "select", "from",    "where",     "and",     "or",     "not",   "in",    "is",     "null",
    "true",   "false",   "as",        "on",      "join",   "inner", "left",  "right",  "full",
    "cross",  "natural", "using",     "group",   "having", "order", "limit", "offset", "for",
    "union",  "except",  "intersect", "between", "like",   "ilike", "case",  "cast",   "exists"};
constexpr std::array<std::string_view, 7> kClauses = {"group", "having", "order", "limit", "offset", "for", "window"};
constexpr std::array<std::string_view, 5> kOuterJoins = {"left", "right", "full", "cross", "natural"};
constexpr std::array<std::string_view, 3> kSetOperations = {"union", "except", "intersect"};
constexpr std::array<std::string_view, 13> kScalarOperators = {"->", "->>", "||", "&&", "+",  "-", "*",
                                                               "/",  "%",   "|",  "&",  "<<", ">>"};

}  // namespace

bool IsReserved(std::string_view word) { return Contains(kReserved, word); }

const Token& TokenCursor::Peek(std::size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

bool TokenCursor::IsWord(std::string_view word, std::size_t ahead) const {
  return Peek(ahead).kind == TokenKind::kName && Peek(ahead).text == word;
}

bool TokenCursor::IsSymbol(std::string_view symbol, std::size_t ahead) const {
  return Peek(ahead).kind == TokenKind::kSymbol && Peek(ahead).text == symbol;
}

bool TokenCursor::TakeWord(std::string_view word) {
  if (!IsWord(word)) return false;
  Advance();
  return true;
}

bool TokenCursor::TakeSymbol(std::string_view symbol) {
  if (!IsSymbol(symbol)) return false;
  Advance();
  return true;
}

std::optional<Name> TokenCursor::TakeName() {
  const Token& token = Peek();
  const bool is_name =
      token.kind == TokenKind::kQuotedName || (token.kind == TokenKind::kName && !IsReserved(token.text));
  if (!is_name) return std::nullopt;
  Advance();
  return Name{token.text, token.offset};
}

bool TokenCursor::Fail(std::string_view id, std::size_t offset, std::string message) {
  error_ = {std::string(id), offset, std::move(message)};
  return false;
}

bool TokenCursor::NotYet(std::string_view what) {
  return Fail(kNotSupportedYet, Peek().offset, std::string(what) + " is not supported yet");
}

bool TokenCursor::FailHere() {
  const Token& token = Peek();
  const std::string quoted = "'" + token.text + "'";
  if (token.kind == TokenKind::kEnd) return Fail("SS010", token.offset, "the query ends too early");
  if (token.kind == TokenKind::kName) {
    const std::string_view word = token.text;
    if (Contains(kClauses, word)) return Fail("SS011", token.offset, quoted + " is not allowed in a sync query");
    if (Contains(kOuterJoins, word)) return Fail("SS012", token.offset, "only inner joins are allowed, not " + quoted);
    if (Contains(kSetOperations, word)) return Fail("SS010", token.offset, quoted + " is not allowed; use 'queries'");
    if (word == "join" || word == "inner") return NotYet("JOIN");
    if (word == "or") return NotYet("OR");
    if (word == "not") return NotYet("NOT");
    if (word == "between") return NotYet("BETWEEN");
    if (word == "case") return NotYet("CASE");
    if (word == "cast") return NotYet("CAST");
    if (word == "like" || word == "ilike") return Fail("SS021", token.offset, "LIKE is not allowed");
    if (word == "exists") return Fail("SS017", token.offset, "EXISTS is not allowed; write value IN (SELECT ...)");
    if (word == "using") return Fail("SS012", token.offset, "USING is not allowed");
  }
  if (token.kind == TokenKind::kSymbol) {
    if (token.text == "::") return NotYet("a cast");
    if (token.text == "?") {
      return Fail("SS021", token.offset,
                  "placeholders are not allowed; use a parameter function such as auth.user_id()");
    }
    if (Contains(kScalarOperators, token.text)) return NotYet("the operator " + quoted);
  }
  return Fail("SS010", token.offset, "unexpected " + quoted);
}

bool TokenCursor::Expect(std::string_view symbol, std::string_view where) {
  if (TakeSymbol(symbol)) return true;
  if (Peek().kind == TokenKind::kEnd) {
    return Fail("SS010", Peek().offset, "expected '" + std::string(symbol) + "' " + std::string(where));
  }
  return FailHere();
}

}  // namespace skerry::rules
