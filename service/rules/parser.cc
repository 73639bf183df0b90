#include "rules/parser.h"

#include <utility>

#include "rules/operand_parser.h"
#include "rules/token_cursor.h"

namespace skerry::rules {
namespace {

constexpr int kMaxDepth = 100;

class Parser {
 public:
  Parser(std::vector<Token> tokens, SqlError& error) : cursor_(std::move(tokens), error) {}

  std::optional<Select> Query() {
    std::optional<Select> select = ParseSelect();
    if (!select) return std::nullopt;
    while (cursor_.IsSymbol(";")) cursor_.Advance();
    if (cursor_.IsEnd()) return select;
    cursor_.FailHere();
    return std::nullopt;
  }

 private:
  std::optional<Select> ParseSelect() {
    const Nesting nesting(depth_);
    if (!CheckDepth()) return std::nullopt;
    Select select;
    select.offset = cursor_.Peek().offset;
    if (cursor_.IsWord("with"))
      return cursor_.Fail("SS010", cursor_.Peek().offset, "WITH is not allowed in a query"), std::nullopt;
    if (!cursor_.IsWord("select")) {
      cursor_.Fail("SS010", cursor_.Peek().offset, "a query must begin with SELECT");
      return std::nullopt;
    }
    cursor_.Advance();
    cursor_.TakeWord("distinct");  // Rows are distinct by their key anyway.
    if (cursor_.IsWord("from"))
      return cursor_.Fail("SS013", cursor_.Peek().offset, "the query selects no column"), std::nullopt;
    do {
      if (!Item(select)) return std::nullopt;
    } while (cursor_.TakeSymbol(","));
    if (!cursor_.IsWord("from")) {
      if (cursor_.IsEnd() || cursor_.IsSymbol(")") || cursor_.IsSymbol(";")) {
        cursor_.Fail("SS013", cursor_.Peek().offset, "the query has no FROM: it must select from one table");
      } else {
        cursor_.FailHere();
      }
      return std::nullopt;
    }
    cursor_.Advance();
    if (!From(select)) return std::nullopt;
    if (cursor_.TakeWord("where") && !Conjunction(select.where)) return std::nullopt;
    return select;
  }

  bool Item(Select& select) {
    SelectItem item;
    item.offset = cursor_.Peek().offset;
    if (cursor_.TakeSymbol("*")) {
      item.star = true;
    } else {
      if (cursor_.IsSymbol("(") && cursor_.IsWord("select", 1)) {
        return cursor_.Fail("SS017", cursor_.Peek().offset, "a subquery is allowed after IN only");
      }
      std::optional<Operand> operand = ParseItemOperand(cursor_, item.star);
      if (!operand) return false;
      auto* column = std::get_if<ColumnRef>(&*operand);
      if (column == nullptr) {
        if (std::holds_alternative<RequestRef>(*operand)) {
          return cursor_.Fail("SS014", item.offset, "request data cannot be selected");
        }
        return cursor_.Fail(kNotSupportedYet, item.offset, "selecting anything but a column is not supported yet");
      }
      item.column = std::move(*column);
      if (!item.star && !Alias(item.alias)) return false;
    }
    select.items.push_back(std::move(item));
    return true;
  }

  // [[AS] name]
  bool Alias(std::optional<Name>& alias) {
    const bool has_as = cursor_.TakeWord("as");
    alias = cursor_.TakeName();
    if (has_as && !alias) return cursor_.Fail("SS010", cursor_.Peek().offset, "expected a name after AS");
    return true;
  }

  bool From(Select& select) {
    if (cursor_.IsSymbol("(")) return cursor_.NotYet("a subquery in FROM");
    std::optional<Name> table = cursor_.TakeName();
    if (!table) {
      if (cursor_.IsEnd()) return cursor_.FailHere();
      return cursor_.Fail("SS010", cursor_.Peek().offset, "expected a table's name after FROM");
    }
    if (cursor_.IsSymbol(".")) return cursor_.NotYet("a table name with a schema");
    if (cursor_.IsSymbol("(")) return cursor_.NotYet("a table-valued function in FROM");
    if (table->text.back() == '%') {
      return cursor_.Fail(kNotSupportedYet, table->offset, "a wildcard in a table name is not supported yet");
    }
    select.table = std::move(*table);
    if (!Alias(select.alias)) return false;
    if (cursor_.IsSymbol(",")) return cursor_.NotYet("a join of several tables");
    return true;
  }

  bool Conjunction(std::vector<Predicate>& out) {
    const Nesting nesting(depth_);
    if (!CheckDepth()) return false;
    do {
      if (cursor_.IsSymbol("(") && !cursor_.IsWord("select", 1)) {
        cursor_.Advance();
        if (!Conjunction(out) || !cursor_.Expect(")", "to close the bracket")) return false;
      } else if (!ParsePredicate(out)) {
        return false;
      }
    } while (cursor_.TakeWord("and"));
    return true;
  }

  bool ParsePredicate(std::vector<Predicate>& out) {
    if (cursor_.IsSymbol("("))
      return cursor_.Fail("SS017", cursor_.Peek().offset, "a subquery is allowed after IN only");
    std::optional<Operand> left = ParseOperand(cursor_);
    if (!left) return false;
    Predicate predicate{.left = std::move(*left), .offset = cursor_.Peek().offset};
    if (cursor_.TakeWord("is")) {
      const bool is_not = cursor_.TakeWord("not");
      if (cursor_.IsWord("true") || cursor_.IsWord("false")) return cursor_.NotYet("IS TRUE or IS FALSE");
      if (cursor_.IsWord("distinct")) return cursor_.NotYet("IS DISTINCT FROM");
      if (!cursor_.TakeWord("null")) return cursor_.Fail("SS010", cursor_.Peek().offset, "expected NULL after IS");
      predicate.op = is_not ? Comparison::kIsNotNull : Comparison::kIsNull;
    } else if (cursor_.TakeWord("in")) {
      if (!In(predicate)) return false;
    } else if (cursor_.IsWord("not") && cursor_.IsWord("in", 1)) {
      return cursor_.NotYet("NOT IN");
    } else if (const std::optional<Comparison> op = TakeComparison()) {
      predicate.op = *op;
      if (cursor_.IsSymbol("(") && cursor_.IsWord("select", 1)) {
        return cursor_.Fail("SS017", cursor_.Peek().offset, "a subquery is allowed after IN only");
      }
      predicate.right = ParseOperand(cursor_);
      if (!predicate.right) return false;
    } else if (cursor_.IsEnd() || cursor_.IsWord("and") || cursor_.IsSymbol(")") || cursor_.IsSymbol(";")) {
      return cursor_.Fail(kNotSupportedYet, OffsetOf(predicate.left),
                          "a bare value as a condition is not supported yet; compare it, for example with = true");
    } else {
      return cursor_.FailHere();
    }
    out.push_back(std::move(predicate));
    return true;
  }

  bool In(Predicate& predicate) {
    if (!cursor_.IsSymbol("(")) return cursor_.NotYet("IN without a subquery");
    if (!cursor_.IsWord("select", 1)) return cursor_.NotYet("IN with a list");
    cursor_.Advance();
    std::optional<Select> subquery = ParseSelect();
    if (!subquery || !cursor_.Expect(")", "to close the subquery")) return false;
    predicate.subquery = std::make_shared<Select>(std::move(*subquery));
    return true;
  }

  std::optional<Comparison> TakeComparison() {
    static constexpr std::pair<std::string_view, Comparison> kOperators[] = {
        {"=", Comparison::kEqual},      {"!=", Comparison::kNotEqual},     {"<>", Comparison::kNotEqual},
        {"<=", Comparison::kLessEqual}, {">=", Comparison::kGreaterEqual}, {"<", Comparison::kLess},
        {">", Comparison::kGreater}};
    for (const auto& [symbol, op] : kOperators) {
      if (cursor_.TakeSymbol(symbol)) return op;
    }
    return std::nullopt;
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
  bool CheckDepth() {
    return depth_ <= kMaxDepth || cursor_.Fail("SS010", cursor_.Peek().offset, "the query is nested too deeply");
  }

  TokenCursor cursor_;
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
