#include "rules/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

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
// Functions of the full language (section 5.3).
constexpr std::array<std::string_view, 22> kFunctions = {
    "hex",          "ifnull",       "iif",       "instr",    "length",
    "lower",        "upper",        "substring", "typeof",   "json_array_length",
    "json_extract", "json_keys",    "unixepoch", "datetime", "base64",
    "uuid_blob",    "st_asgeojson", "st_astext", "st_x",     "st_y",
    "json_each",    "array"};
constexpr std::array<std::string_view, 13> kScalarOperators = {"->", "->>", "||", "&&", "+",  "-", "*",
                                                               "/",  "%",   "|",  "&",  "<<", ">>"};

constexpr int kMaxDepth = 100;

class Parser {
 public:
  Parser(std::vector<Token> tokens, SqlError& error) : tokens_(std::move(tokens)), error_(error) {}

  std::optional<Select> Query() {
    std::optional<Select> select = ParseSelect();
    if (!select) return std::nullopt;
    while (IsSymbol(";")) ++at_;
    if (Peek().kind == TokenKind::kEnd) return select;
    FailHere();
    return std::nullopt;
  }

 private:
  const Token& Peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool IsWord(std::string_view word, std::size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kName && Peek(ahead).text == word;
  }
  bool IsSymbol(std::string_view symbol, std::size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kSymbol && Peek(ahead).text == symbol;
  }
  bool TakeWord(std::string_view word) { return IsWord(word) && (++at_, true); }
  bool TakeSymbol(std::string_view symbol) { return IsSymbol(symbol) && (++at_, true); }

  bool Fail(std::string_view id, std::size_t offset, std::string message) {
    error_ = {std::string(id), offset, std::move(message)};
    return false;
  }
  bool NotYet(std::string_view what) {
    return Fail(kNotSupportedYet, Peek().offset, std::string(what) + " is not supported yet");
  }

  // The next token cannot stand here: says what it is, as exactly as possible.
  bool FailHere() {
    const Token& token = Peek();
    const std::string quoted = "'" + token.text + "'";
    if (token.kind == TokenKind::kEnd) return Fail("SS010", token.offset, "the query ends too early");
    if (token.kind == TokenKind::kName) {
      const std::string_view word = token.text;
      if (Contains(kClauses, word)) return Fail("SS011", token.offset, quoted + " is not allowed in a sync query");
      if (Contains(kOuterJoins, word))
        return Fail("SS012", token.offset, "only inner joins are allowed, not " + quoted);
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

  bool Expect(std::string_view symbol, std::string_view where) {
    if (TakeSymbol(symbol)) return true;
    if (Peek().kind == TokenKind::kEnd) {
      return Fail("SS010", Peek().offset, "expected '" + std::string(symbol) + "' " + std::string(where));
    }
    return FailHere();
  }

  std::optional<Name> TakeName() {
    const Token& token = Peek();
    const bool is_name =
        token.kind == TokenKind::kQuotedName || (token.kind == TokenKind::kName && !Contains(kReserved, token.text));
    if (!is_name) return std::nullopt;
    ++at_;
    return Name{token.text, token.offset};
  }

  std::optional<Select> ParseSelect() {
    const Nesting nesting(depth_);
    if (!CheckDepth()) return std::nullopt;
    Select select;
    select.offset = Peek().offset;
    if (IsWord("with")) return Fail("SS010", Peek().offset, "WITH is not allowed in a query"), std::nullopt;
    if (!IsWord("select")) {
      Fail("SS010", Peek().offset, "a query must begin with SELECT");
      return std::nullopt;
    }
    ++at_;
    TakeWord("distinct");  // Rows are distinct by their key anyway.
    if (IsWord("from")) return Fail("SS013", Peek().offset, "the query selects no column"), std::nullopt;
    do {
      if (!Item(select)) return std::nullopt;
    } while (TakeSymbol(","));
    if (!IsWord("from")) {
      if (Peek().kind == TokenKind::kEnd || IsSymbol(")") || IsSymbol(";")) {
        Fail("SS013", Peek().offset, "the query has no FROM: it must select from one table");
      } else {
        FailHere();
      }
      return std::nullopt;
    }
    ++at_;
    if (!From(select)) return std::nullopt;
    if (TakeWord("where") && !Conjunction(select.where)) return std::nullopt;
    return select;
  }

  bool Item(Select& select) {
    SelectItem item;
    item.offset = Peek().offset;
    if (TakeSymbol("*")) {
      item.star = true;
    } else {
      if (IsSymbol("(") && IsWord("select", 1)) {
        return Fail("SS017", Peek().offset, "a subquery is allowed after IN only");
      }
      std::optional<Operand> operand = ParseOperand(/*is_item=*/true, &item.star);
      if (!operand) return false;
      auto* column = std::get_if<ColumnRef>(&*operand);
      if (column == nullptr) {
        if (std::holds_alternative<RequestRef>(*operand)) {
          return Fail("SS014", item.offset, "request data cannot be selected");
        }
        return Fail(kNotSupportedYet, item.offset, "selecting anything but a column is not supported yet");
      }
      item.column = std::move(*column);
      if (!item.star && !Alias(item.alias)) return false;
    }
    select.items.push_back(std::move(item));
    return true;
  }

  // [[AS] name]
  bool Alias(std::optional<Name>& alias) {
    const bool has_as = TakeWord("as");
    alias = TakeName();
    if (has_as && !alias) return Fail("SS010", Peek().offset, "expected a name after AS");
    return true;
  }

  bool From(Select& select) {
    if (IsSymbol("(")) return NotYet("a subquery in FROM");
    std::optional<Name> table = TakeName();
    if (!table) {
      if (Peek().kind == TokenKind::kEnd) return FailHere();
      return Fail("SS010", Peek().offset, "expected a table's name after FROM");
    }
    if (IsSymbol(".")) return NotYet("a table name with a schema");
    if (IsSymbol("(")) return NotYet("a table-valued function in FROM");
    if (table->text.back() == '%') {
      return Fail(kNotSupportedYet, table->offset, "a wildcard in a table name is not supported yet");
    }
    select.table = std::move(*table);
    if (!Alias(select.alias)) return false;
    if (IsSymbol(",")) return NotYet("a join of several tables");
    return true;
  }

  bool Conjunction(std::vector<Predicate>& out) {
    const Nesting nesting(depth_);
    if (!CheckDepth()) return false;
    do {
      if (IsSymbol("(") && !IsWord("select", 1)) {
        ++at_;
        if (!Conjunction(out) || !Expect(")", "to close the bracket")) return false;
      } else if (!ParsePredicate(out)) {
        return false;
      }
    } while (TakeWord("and"));
    return true;
  }

  bool ParsePredicate(std::vector<Predicate>& out) {
    if (IsSymbol("(")) return Fail("SS017", Peek().offset, "a subquery is allowed after IN only");
    std::optional<Operand> left = ParseOperand(/*is_item=*/false, nullptr);
    if (!left) return false;
    Predicate predicate{.left = std::move(*left), .offset = Peek().offset};
    if (TakeWord("is")) {
      const bool is_not = TakeWord("not");
      if (IsWord("true") || IsWord("false")) return NotYet("IS TRUE or IS FALSE");
      if (IsWord("distinct")) return NotYet("IS DISTINCT FROM");
      if (!TakeWord("null")) return Fail("SS010", Peek().offset, "expected NULL after IS");
      predicate.op = is_not ? Comparison::kIsNotNull : Comparison::kIsNull;
    } else if (TakeWord("in")) {
      if (!In(predicate)) return false;
    } else if (IsWord("not") && IsWord("in", 1)) {
      return NotYet("NOT IN");
    } else if (const std::optional<Comparison> op = TakeComparison()) {
      predicate.op = *op;
      if (IsSymbol("(") && IsWord("select", 1)) {
        return Fail("SS017", Peek().offset, "a subquery is allowed after IN only");
      }
      predicate.right = ParseOperand(/*is_item=*/false, nullptr);
      if (!predicate.right) return false;
    } else if (Peek().kind == TokenKind::kEnd || IsWord("and") || IsSymbol(")") || IsSymbol(";")) {
      return Fail(kNotSupportedYet, OffsetOf(predicate.left),
                  "a bare value as a condition is not supported yet; compare it, for example with = true");
    } else {
      return FailHere();
    }
    out.push_back(std::move(predicate));
    return true;
  }

  bool In(Predicate& predicate) {
    if (!IsSymbol("(")) return NotYet("IN without a subquery");
    if (!IsWord("select", 1)) return NotYet("IN with a list");
    ++at_;
    std::optional<Select> subquery = ParseSelect();
    if (!subquery || !Expect(")", "to close the subquery")) return false;
    predicate.subquery = std::make_shared<Select>(std::move(*subquery));
    return true;
  }

  std::optional<Comparison> TakeComparison() {
    static constexpr std::pair<std::string_view, Comparison> kOperators[] = {
        {"=", Comparison::kEqual},      {"!=", Comparison::kNotEqual},     {"<>", Comparison::kNotEqual},
        {"<=", Comparison::kLessEqual}, {">=", Comparison::kGreaterEqual}, {"<", Comparison::kLess},
        {">", Comparison::kGreater}};
    for (const auto& [symbol, op] : kOperators) {
      if (TakeSymbol(symbol)) return op;
    }
    return std::nullopt;
  }

  // A literal, a column or a request value. With `is_item`, `alias.*` too: then *star is set.
  std::optional<Operand> ParseOperand(bool is_item, bool* star) {
    const Token& token = Peek();
    switch (token.kind) {
      case TokenKind::kString:
        ++at_;
        return LiteralRef{{.type = row::Type::kText, .text = token.text}, token.offset};
      case TokenKind::kInteger:
      case TokenKind::kReal:
        return Number(/*negative=*/false);
      case TokenKind::kSymbol:
        if (token.text == "-" || token.text == "+") {
          ++at_;
          if (Peek().kind == TokenKind::kInteger || Peek().kind == TokenKind::kReal) return Number(token.text == "-");
          if (token.text == "-") {
            Fail("SS021", token.offset, "a minus sign is allowed before a number only");
          } else {
            Fail(kNotSupportedYet, token.offset, "the operator '+' is not supported yet");
          }
          return std::nullopt;
        }
        if (token.text == "(") {
          NotYet("a bracket around a value");
          return std::nullopt;
        }
        break;
      case TokenKind::kName:
        if (token.text == "true" || token.text == "false") {
          ++at_;
          return LiteralRef{{.type = row::Type::kInteger, .integer = token.text == "true"}, token.offset};
        }
        if (token.text == "null") {
          ++at_;
          return LiteralRef{{}, token.offset};
        }
        if (!Contains(kReserved, token.text)) return NameOperand(is_item, star);
        break;
      case TokenKind::kQuotedName:
        return NameOperand(is_item, star);
      case TokenKind::kEnd:
        break;
    }
    FailHere();
    return std::nullopt;
  }

  std::optional<Operand> Number(bool negative) {
    const Token& token = Peek();
    ++at_;
    const std::string text = (negative ? "-" : "") + token.text;
    Literal literal{.type = row::Type::kInteger};
    const auto read = std::from_chars(text.data(), text.data() + text.size(), literal.integer);
    if (token.kind == TokenKind::kReal || read.ec != std::errc{}) {
      literal = {.type = row::Type::kReal, .real = std::strtod(text.c_str(), nullptr)};
    }
    return LiteralRef{std::move(literal), token.offset};
  }

  std::optional<Operand> NameOperand(bool is_item, bool* star) {
    const Name first{Peek().text, Peek().offset};
    const bool is_scope = IsWord("auth") || IsWord("subscription") || IsWord("connection") || IsWord("request");
    ++at_;
    if (IsSymbol("(")) {
      FailCall(first);
      return std::nullopt;
    }
    if (!TakeSymbol(".")) return ColumnRef{.table = std::nullopt, .column = first};
    if (is_item && TakeSymbol("*")) {
      *star = true;
      return ColumnRef{.table = first, .column = {}};
    }
    const bool is_call = IsSymbol("(", 1);
    if (is_call && is_scope) return RequestCall(first);
    const Token& second = Peek();
    if (is_call) {
      const bool is_metadata = second.text == "schema" || second.text == "table_name" || second.text == "table_suffix";
      Fail(is_metadata ? kNotSupportedYet : "SS020", second.offset,
           is_metadata ? second.text + "() is not supported yet"
                       : "unknown function '" + first.text + "." + second.text + "'");
      return std::nullopt;
    }
    if (second.kind != TokenKind::kName && second.kind != TokenKind::kQuotedName) {
      FailHere();
      return std::nullopt;
    }
    ++at_;
    if (IsSymbol(".")) {
      NotYet("a column name with a schema");
      return std::nullopt;
    }
    return ColumnRef{.table = first, .column = {second.text, second.offset}};
  }

  bool FailCall(const Name& name) {
    if (Contains(kFunctions, name.text)) {
      return Fail(kNotSupportedYet, name.offset, "the function " + name.text + "() is not supported yet");
    }
    return Fail("SS020", name.offset, "unknown function '" + name.text + "'");
  }

  // auth.user_id(), auth.parameter('p'), subscription.parameter('p'), connection.parameter('p')
  std::optional<Operand> RequestCall(const Name& scope) {
    const Token function = Peek();
    at_ += 2;
    RequestRef ref{.value = {}, .offset = scope.offset};
    if (scope.text == "auth") ref.value.scope = RequestScope::kAuth;
    if (scope.text == "subscription") ref.value.scope = RequestScope::kSubscription;
    if (scope.text == "connection") ref.value.scope = RequestScope::kConnection;
    const auto unknown = [&](std::string hint) {
      Fail("SS020", scope.offset, "unknown function '" + scope.text + "." + function.text + "'" + hint);
      return std::nullopt;
    };
    if (scope.text == "request") return unknown("; in streams use auth, subscription or connection");
    if (function.text == "user_id") {
      if (scope.text != "auth") return unknown("; only auth has a user_id");
      ref.value.path = {"sub"};
      if (!IsSymbol(")")) {
        Fail("SS020", Peek().offset, "auth.user_id() takes no argument");
        return std::nullopt;
      }
      ++at_;
      return ref;
    }
    if (function.text == "parameters") {
      Fail(kNotSupportedYet, function.offset, scope.text + ".parameters() is not supported yet; use parameter('name')");
      return std::nullopt;
    }
    if (function.text != "parameter") return unknown("");
    const Token argument = Peek();
    if (argument.kind != TokenKind::kString) {
      if (IsSymbol(")") || argument.kind == TokenKind::kEnd) {
        Fail("SS020", argument.offset, scope.text + ".parameter() takes exactly one argument");
      } else {
        Fail(kNotSupportedYet, argument.offset, "a parameter's name that is not a plain string is not supported yet");
      }
      return std::nullopt;
    }
    ++at_;
    if (IsSymbol(",")) {
      Fail("SS020", Peek().offset, scope.text + ".parameter() takes exactly one argument");
      return std::nullopt;
    }
    if (!Expect(")", "after the parameter's name") || !Path(argument, ref.value.path)) return std::nullopt;
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
      return Fail(kNotSupportedYet, argument.offset, "the path '" + text + "' is not supported yet; write $.a.b");
    }
    for (std::size_t start = 2; start <= text.size();) {
      const std::size_t end = std::min(text.find('.', start), text.size());
      if (end == start) return Fail("SS020", argument.offset, "the path '" + text + "' has an empty step");
      path.push_back(text.substr(start, end - start));
      start = end + 1;
    }
    return true;
  }

  // Brackets and subqueries are followed by recursion, so their depth has a limit.
  class Nesting {
   public:
    explicit Nesting(int& depth) : depth_(depth) { ++depth_; }
    ~Nesting() { --depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    int& depth_;
  };
  bool CheckDepth() { return depth_ <= kMaxDepth || Fail("SS010", Peek().offset, "the query is nested too deeply"); }

  std::vector<Token> tokens_;
  SqlError& error_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::size_t OffsetOf(const Operand& operand) {
  if (const auto* column = std::get_if<ColumnRef>(&operand)) {
    return column->table ? column->table->offset : column->column.offset;
  }
  if (const auto* request = std::get_if<RequestRef>(&operand)) return request->offset;
  return std::get_if<LiteralRef>(&operand)->offset;
}

std::optional<Select> ParseQuery(std::string_view sql, SqlError& error) {
  std::vector<Token> tokens;
  if (!Tokenize(sql, tokens, error)) return std::nullopt;
  return Parser(std::move(tokens), error).Query();
}

}  // namespace skerry::rules
