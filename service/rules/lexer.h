// The text of a query → tokens, each with its offset. Postgres-flavoured: unquoted names fold to lower case, double
// quotes are exact, single quotes make strings, comments are space.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::rules {

enum class TokenKind : std::uint8_t { kName, kQuotedName, kString, kInteger, kReal, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;        // Names folded or exact, strings and quoted names decoded, symbols and numbers as written.
  std::size_t offset = 0;  // Bytes from the start of the query.
  std::size_t end = 0;     // After its last byte.
};

// What is wrong with a query, at which offset. The id is one of sync-streams.md, section 6.
struct SqlError {
  std::string id;
  std::size_t offset = 0;
  std::string message;
};

// The tokens, the last one kEnd. False with `error` set for a character or a quote that cannot be read.
bool Tokenize(std::string_view sql, std::vector<Token>& tokens, SqlError& error);

}  // namespace skerry::rules
