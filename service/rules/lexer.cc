#include "rules/lexer.h"

namespace skerry::rules {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c) || c == '$'; }
char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Lexer {
 public:
  Lexer(std::string_view sql, std::vector<Token>& tokens, SqlError& error)
      : sql_(sql), tokens_(tokens), error_(error) {}

  bool Run() {
    for (;;) {
      if (!SkipSpace()) return false;
      if (at_ == sql_.size()) break;
      const char c = sql_[at_];
      if (IsNameStart(c)) {
        Name();
      } else if (IsDigit(c) || (c == '.' && IsDigit(Next(1)))) {
        if (!Number()) return false;
      } else if (c == '\'' || c == '"') {
        if (!Quoted(c)) return false;
      } else if (!Symbol()) {
        return false;
      }
      tokens_.back().end = at_;
    }
    tokens_.push_back({TokenKind::kEnd, "", sql_.size(), sql_.size()});
    return true;
  }

 private:
  char Next(std::size_t ahead) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  bool Fail(std::size_t offset, std::string message) {
    error_ = {"SS010", offset, std::move(message)};
    return false;
  }

  bool SkipSpace() {
    while (at_ < sql_.size()) {
      if (IsSpace(sql_[at_])) {
        ++at_;
      } else if (sql_[at_] == '-' && Next(1) == '-') {
        while (at_ < sql_.size() && sql_[at_] != '\n') ++at_;
      } else if (sql_[at_] == '/' && Next(1) == '*') {
        const std::size_t end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return Fail(at_, "this comment has no end");
        at_ = end + 2;
      } else {
        break;
      }
    }
    return true;
  }

  void Name() {
    Token token{TokenKind::kName, "", at_, at_};
    while (at_ < sql_.size() && IsNamePart(sql_[at_])) token.text += Fold(sql_[at_++]);
    tokens_.push_back(std::move(token));
  }

  bool Number() {
    Token token{TokenKind::kInteger, "", at_, at_};
    const auto digits = [&] {
      while (IsDigit(Next(0))) token.text += sql_[at_++];
    };
    digits();
    if (Next(0) == '.') {
      token.kind = TokenKind::kReal;
      token.text += sql_[at_++];
      digits();
    }
    if (Next(0) == 'e' || Next(0) == 'E') {
      const bool has_sign = Next(1) == '+' || Next(1) == '-';
      if (IsDigit(Next(has_sign ? 2 : 1))) {
        token.kind = TokenKind::kReal;
        token.text += sql_[at_++];
        if (has_sign) token.text += sql_[at_++];
        digits();
      }
    }
    if (IsNamePart(Next(0))) return Fail(token.offset, "a number cannot be followed by a name without a space");
    tokens_.push_back(std::move(token));
    return true;
  }

  bool Quoted(char quote) {
    Token token{quote == '"' ? TokenKind::kQuotedName : TokenKind::kString, "", at_, at_};
    ++at_;
    for (;;) {
      if (at_ == sql_.size()) return Fail(token.offset, "this quote is never closed");
      const char c = sql_[at_++];
      if (c == quote) {
        if (Next(0) != quote) break;
        ++at_;
      }
      token.text += c;
    }
    if (quote == '"' && token.text.empty()) return Fail(token.offset, "a name in double quotes cannot be empty");
    tokens_.push_back(std::move(token));
    return true;
  }

  bool Symbol() {
    // Longest first.
    static constexpr std::string_view kSymbols[] = {"->>", "!=", "<>", "<=", ">=", "<<", ">>", "::", "||", "&&",
                                                    "->",  "=",  "<",  ">",  "(",  ")",  ",",  ".",  ";",  "*",
                                                    "+",   "-",  "/",  "%",  "|",  "&",  "[",  "]",  "?"};
    for (const std::string_view symbol : kSymbols) {
      if (sql_.substr(at_, symbol.size()) != symbol) continue;
      tokens_.push_back({TokenKind::kSymbol, std::string(symbol), at_, at_});
      at_ += symbol.size();
      return true;
    }
    if (sql_[at_] == '$') {
      error_ = {"SS021", at_, "placeholders are not allowed; use a parameter function such as auth.user_id()"};
      return false;
    }
    return Fail(at_, std::string("unexpected character '") + sql_[at_] + "'");
  }

  std::string_view sql_;
  std::vector<Token>& tokens_;
  SqlError& error_;
  std::size_t at_ = 0;
};

}  // namespace

bool Tokenize(std::string_view sql, std::vector<Token>& tokens, SqlError& error) {
  return Lexer(sql, tokens, error).Run();
}

}  // namespace skerry::rules
