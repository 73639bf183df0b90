#include "rules/operand_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "rules/parser.h"

namespace skerry::rules {
namespace {

// Functions of the full language (section 5.3).
constexpr std::array<std::string_view, 22> kFunctions = {
    "hex",          "ifnull",       "iif",       "instr",    "length",
    "lower",        "upper",        "substring", "typeof",   "json_array_length",
    "json_extract", "json_keys",    "unixepoch", "datetime", "base64",
    "uuid_blob",    "st_asgeojson", "st_astext", "st_x",     "st_y",
    "json_each",    "array"};

class OperandParser {
 public:
  explicit OperandParser(TokenCursor& cursor) : cursor_(cursor) {}

  // A literal, a column or a request value. With `is_item`, `alias.*` too: then *star is set.
  std::optional<Operand> Parse(bool is_item, bool* star) {
    const Token& token = cursor_.Peek();
    switch (token.kind) {
      case TokenKind::kString:
        cursor_.Advance();
        return LiteralRef{{.type = row::Type::kText, .text = token.text}, token.offset};
      case TokenKind::kInteger:
      case TokenKind::kReal:
        return Number(/*negative=*/false);
      case TokenKind::kSymbol:
        if (token.text == "-" || token.text == "+") {
          cursor_.Advance();
          if (cursor_.Peek().kind == TokenKind::kInteger || cursor_.Peek().kind == TokenKind::kReal)
            return Number(token.text == "-");
          if (token.text == "-") {
            cursor_.Fail("SS021", token.offset, "a minus sign is allowed before a number only");
          } else {
            cursor_.Fail(kNotSupportedYet, token.offset, "the operator '+' is not supported yet");
          }
          return std::nullopt;
        }
        if (token.text == "(") {
          cursor_.NotYet("a bracket around a value");
          return std::nullopt;
        }
        break;
      case TokenKind::kName:
        if (token.text == "true" || token.text == "false") {
          cursor_.Advance();
          return LiteralRef{{.type = row::Type::kInteger, .integer = token.text == "true"}, token.offset};
        }
        if (token.text == "null") {
          cursor_.Advance();
          return LiteralRef{{}, token.offset};
        }
        if (!IsReserved(token.text)) return NameOperand(is_item, star);
        break;
      case TokenKind::kQuotedName:
        return NameOperand(is_item, star);
      case TokenKind::kEnd:
        break;
    }
    cursor_.FailHere();
    return std::nullopt;
  }

 private:
  std::optional<Operand> Number(bool negative) {
    const Token& token = cursor_.Peek();
    cursor_.Advance();
    const std::string text = (negative ? "-" : "") + token.text;
    Literal literal{.type = row::Type::kInteger};
    const auto read = std::from_chars(text.data(), text.data() + text.size(), literal.integer);
    if (token.kind == TokenKind::kReal || read.ec != std::errc{}) {
      literal = {.type = row::Type::kReal, .real = std::strtod(text.c_str(), nullptr)};
    }
    return LiteralRef{std::move(literal), token.offset};
  }

  std::optional<Operand> NameOperand(bool is_item, bool* star) {
    const Name first{cursor_.Peek().text, cursor_.Peek().offset};
    const bool is_scope = cursor_.IsWord("auth") || cursor_.IsWord("subscription") || cursor_.IsWord("connection") ||
                          cursor_.IsWord("request");
    cursor_.Advance();
    if (cursor_.IsSymbol("(")) {
      FailCall(first);
      return std::nullopt;
    }
    if (!cursor_.TakeSymbol(".")) return ColumnRef{.table = std::nullopt, .column = first};
    if (is_item && cursor_.TakeSymbol("*")) {
      *star = true;
      return ColumnRef{.table = first, .column = {}};
    }
    const bool is_call = cursor_.IsSymbol("(", 1);
    if (is_call && is_scope) return RequestCall(first);
    const Token& second = cursor_.Peek();
    if (is_call) {
      const bool is_metadata = second.text == "schema" || second.text == "table_name" || second.text == "table_suffix";
      cursor_.Fail(is_metadata ? kNotSupportedYet : "SS020", second.offset,
                   is_metadata ? second.text + "() is not supported yet"
                               : "unknown function '" + first.text + "." + second.text + "'");
      return std::nullopt;
    }
    if (second.kind != TokenKind::kName && second.kind != TokenKind::kQuotedName) {
      cursor_.FailHere();
      return std::nullopt;
    }
    cursor_.Advance();
    if (cursor_.IsSymbol(".")) {
      cursor_.NotYet("a column name with a schema");
      return std::nullopt;
    }
    return ColumnRef{.table = first, .column = {second.text, second.offset}};
  }

  bool FailCall(const Name& name) {
    if (std::find(kFunctions.begin(), kFunctions.end(), name.text) != kFunctions.end()) {
      return cursor_.Fail(kNotSupportedYet, name.offset, "the function " + name.text + "() is not supported yet");
    }
    return cursor_.Fail("SS020", name.offset, "unknown function '" + name.text + "'");
  }

  // auth.user_id(), auth.parameter('p'), subscription.parameter('p'), connection.parameter('p')
  std::optional<Operand> RequestCall(const Name& scope) {
    const Token function = cursor_.Peek();
    cursor_.Advance(2);
    RequestRef ref{.value = {}, .offset = scope.offset};
    if (scope.text == "auth") ref.value.scope = RequestScope::kAuth;
    if (scope.text == "subscription") ref.value.scope = RequestScope::kSubscription;
    if (scope.text == "connection") ref.value.scope = RequestScope::kConnection;
    const auto unknown = [&](std::string hint) {
      cursor_.Fail("SS020", scope.offset, "unknown function '" + scope.text + "." + function.text + "'" + hint);
      return std::nullopt;
    };
    if (scope.text == "request") return unknown("; in streams use auth, subscription or connection");
    if (function.text == "user_id") {
      if (scope.text != "auth") return unknown("; only auth has a user_id");
      ref.value.path = {"sub"};
      if (!cursor_.IsSymbol(")")) {
        cursor_.Fail("SS020", cursor_.Peek().offset, "auth.user_id() takes no argument");
        return std::nullopt;
      }
      cursor_.Advance();
      return ref;
    }
    if (function.text == "parameters") {
      cursor_.Fail(kNotSupportedYet, function.offset,
                   scope.text + ".parameters() is not supported yet; use parameter('name')");
      return std::nullopt;
    }
    if (function.text != "parameter") return unknown("");
    const Token argument = cursor_.Peek();
    if (argument.kind != TokenKind::kString) {
      if (cursor_.IsSymbol(")") || argument.kind == TokenKind::kEnd) {
        cursor_.Fail("SS020", argument.offset, scope.text + ".parameter() takes exactly one argument");
      } else {
        cursor_.Fail(kNotSupportedYet, argument.offset,
                     "a parameter's name that is not a plain string is not supported yet");
      }
      return std::nullopt;
    }
    cursor_.Advance();
    if (cursor_.IsSymbol(",")) {
      cursor_.Fail("SS020", cursor_.Peek().offset, scope.text + ".parameter() takes exactly one argument");
      return std::nullopt;
    }
    if (!cursor_.Expect(")", "after the parameter's name") || !Path(argument, ref.value.path)) return std::nullopt;
    return ref;
  }

  // A plain key is one key even with dots in it; "$.a.b" descends.
  bool Path(const Token& argument, std::vector<std::string>& path) {
    const std::string& text = argument.text;
    if (text.empty() || text[0] != '$') {
      path = {text};
      return true;
    }
    if (text.size() < 3 || text[1] != '.' || text.find('[') != std::string::npos) {
      return cursor_.Fail(kNotSupportedYet, argument.offset,
                          "the path '" + text + "' is not supported yet; write $.a.b");
    }
    for (std::size_t start = 2; start <= text.size();) {
      const std::size_t end = std::min(text.find('.', start), text.size());
      if (end == start) return cursor_.Fail("SS020", argument.offset, "the path '" + text + "' has an empty step");
      path.push_back(text.substr(start, end - start));
      start = end + 1;
    }
    return true;
  }

  TokenCursor& cursor_;
};

}  // namespace

std::optional<Operand> ParseOperand(TokenCursor& cursor) {
  return OperandParser(cursor).Parse(/*is_item=*/false, nullptr);
}

std::optional<Operand> ParseItemOperand(TokenCursor& cursor, bool& star) {
  return OperandParser(cursor).Parse(/*is_item=*/true, &star);
}

}  // namespace skerry::rules
