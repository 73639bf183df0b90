// A place in a query's tokens, and the words for what cannot stand there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/lexer.h"
#include "rules/syntax.h"

namespace skerry::rules {

// Every failure sets the error once and returns false (or nothing), so that callers only pass it on.
class TokenCursor {
 public:
  TokenCursor(std::vector<Token> tokens, SqlError& error) : tokens_(std::move(tokens)), error_(error) {}

  const Token& Peek(std::size_t ahead = 0) const;
  // An unquoted name or keyword.
  bool IsWord(std::string_view word, std::size_t ahead = 0) const;
  bool IsSymbol(std::string_view symbol, std::size_t ahead = 0) const;
  bool IsEnd() const { return Peek().kind == TokenKind::kEnd; }
  void Advance(std::size_t count = 1) { at_ += count; }
  bool TakeWord(std::string_view word);
  bool TakeSymbol(std::string_view symbol);
  // A quoted name, or an unquoted one that is no keyword.
  std::optional<Name> TakeName();
  // After AS, any word names.
  std::optional<Name> TakeNameAfterAs();
  // The next token, which must be a name of either kind.
  Name TakeAnyName();
  // Where the last token taken ended.
  std::size_t EndOfLast() const;

  bool Fail(std::string_view id, std::size_t offset, std::string message);
  // The next token cannot stand here: says what it is, as exactly as possible.
  bool FailHere();
  // Takes `symbol` or fails; `where` ends the sentence "expected ')' ...".
  bool Expect(std::string_view symbol, std::string_view where);
  bool ExpectWord(std::string_view word, std::string_view where);

 private:
  std::vector<Token> tokens_;
  SqlError& error_;
  std::size_t at_ = 0;
};

bool IsReserved(std::string_view word);

}  // namespace skerry::rules
