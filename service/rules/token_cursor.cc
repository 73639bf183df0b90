#include "rules/token_cursor.h"

#include <algorithm>
#include <array>

namespace skerry::rules {
namespace {

bool Contains(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Words that end a name list or a condition, so they are never an alias.
constexpr std::array<std::string_view, 40> kReserved = {
    "select",  "from",  "where",  "and",   "or",     "not",    "in",    "is",    "null",   "true",
    "false",   "as",    "on",     "join",  "inner",  "left",   "right", "full",  "cross",  "natural",
    "using",   "group", "having", "order", "limit",  "offset", "for",   "union", "except", "intersect",
    "between", "like",  "ilike",  "case",  "exists", "when",   "then",  "else",  "end",    "with"};
constexpr std::array<std::string_view, 7> kClauses = {"group", "having", "order", "limit", "offset", "for", "window"};
constexpr std::array<std::string_view, 5> kOuterJoins = {"left", "right", "full", "cross", "natural"};
constexpr std::array<std::string_view, 3> kSetOperations = {"union", "except", "intersect"};
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

Name TokenCursor::TakeAnyName() {
  const Token& token = Peek();
  Advance();
  return {token.text, token.offset, token.kind == TokenKind::kQuotedName};
}

std::optional<Name> TokenCursor::TakeName() {
  if (Peek().kind == TokenKind::kName && IsReserved(Peek().text)) return std::nullopt;
  return TakeNameAfterAs();
}

std::optional<Name> TokenCursor::TakeNameAfterAs() {
  if (Peek().kind != TokenKind::kQuotedName && Peek().kind != TokenKind::kName) return std::nullopt;
  return TakeAnyName();
}

std::size_t TokenCursor::EndOfLast() const { return at_ == 0 ? 0 : tokens_[std::min(at_, tokens_.size()) - 1].end; }

bool TokenCursor::Fail(std::string_view id, std::size_t offset, std::string message) {
  error_ = {std::string(id), offset, std::move(message)};
  return false;
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
    if (word == "like" || word == "ilike") return Fail("SS021", token.offset, "LIKE is not allowed");
    if (word == "exists") return Fail("SS017", token.offset, "EXISTS is not allowed; write value IN (SELECT ...)");
    if (word == "using") return Fail("SS012", token.offset, "USING is not allowed");
  }
  if (token.kind == TokenKind::kSymbol) {
    if (token.text == "?") {
      return Fail("SS021", token.offset,
                  "placeholders are not allowed; use a parameter function such as auth.user_id()");
    }
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

bool TokenCursor::ExpectWord(std::string_view word, std::string_view where) {
  if (TakeWord(word)) return true;
  std::string upper(word);
  for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
  return Fail("SS010", Peek().offset, "expected " + upper + " " + std::string(where));
}

}  // namespace skerry::rules
