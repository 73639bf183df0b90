#include "rules/parser.h"

#include <utility>

#include "rules/scalar_parser.h"
#include "rules/token_cursor.h"

namespace skerry::rules {
namespace {

constexpr int kMaxDepth = 100;

class Parser {
 public:
  Parser(std::vector<Token> tokens, Grammar grammar, SqlError& error)
      : cursor_(std::move(tokens), error),
        grammar_(grammar),
        scalars_(cursor_, grammar, [this] { return Subquery(); }) {}

  std::optional<Select> Query() {
    std::optional<Select> select = ParseSelect(/*is_outermost=*/true);
    if (!select) return std::nullopt;
    while (cursor_.TakeSymbol(";")) {
    }
    if (cursor_.IsEnd()) return select;
    cursor_.FailHere();
    return std::nullopt;
  }

 private:
  std::shared_ptr<const Select> Subquery() {
    if (++depth_ > kMaxDepth) {
      cursor_.Fail("SS010", cursor_.Peek().offset, "the query is nested too deeply");
      return nullptr;
    }
    std::optional<Select> select = ParseSelect(/*is_outermost=*/false);
    --depth_;
    return select ? std::make_shared<const Select>(*std::move(select)) : nullptr;
  }

  std::optional<Select> ParseSelect(bool is_outermost) {
    Select select;
    select.offset = cursor_.Peek().offset;
    if (cursor_.IsWord("with")) {
      cursor_.Fail("SS010", select.offset, "WITH is not allowed in a query; use the key 'with'");
      return std::nullopt;
    }
    if (!cursor_.TakeWord("select")) {
      cursor_.Fail("SS010", select.offset, "a query must begin with SELECT");
      return std::nullopt;
    }
    cursor_.TakeWord("distinct");  // Rows are distinct by their key anyway.
    const bool is_legacy = grammar_ == Grammar::kLegacy && is_outermost;
    if (cursor_.IsWord("from")) {
      if (!is_legacy) {
        cursor_.Fail("SS013", cursor_.Peek().offset, "the query selects no column");
        return std::nullopt;
      }
    } else {
      do {
        if (!Item(select)) return std::nullopt;
      } while (cursor_.TakeSymbol(","));
    }
    if (cursor_.TakeWord("from")) {
      if (!From(select)) return std::nullopt;
    } else if (!is_legacy) {
      if (cursor_.IsEnd() || cursor_.IsSymbol(")") || cursor_.IsSymbol(";") || cursor_.IsWord("where")) {
        cursor_.Fail("SS013", cursor_.Peek().offset, "the query has no FROM: it must select from one table");
      } else {
        cursor_.FailHere();
      }
      return std::nullopt;
    }
    if (cursor_.TakeWord("where") && !Condition(select)) return std::nullopt;
    return select;
  }

  bool Condition(Select& select) {
    auto condition = scalars_.Parse();
    if (condition) select.conditions.push_back(*std::move(condition));
    return condition.has_value();
  }

  bool Item(Select& select) {
    SelectItem item;
    item.offset = cursor_.Peek().offset;
    if (cursor_.TakeSymbol("*")) {
      item.is_star = true;
    } else if (cursor_.IsSymbol(".", 1) && cursor_.IsSymbol("*", 2)) {
      item.table = cursor_.TakeName();
      if (!item.table) return cursor_.FailHere();
      cursor_.Advance(2);
      item.is_star = true;
    } else {
      auto value = scalars_.Parse();
      if (!value) return false;
      item.value = *std::move(value);
      if (!Alias(item.alias)) return false;
    }
    select.items.push_back(std::move(item));
    return true;
  }

  // [[AS] name]
  bool Alias(std::optional<Name>& alias) {
    const bool has_as = cursor_.TakeWord("as");
    alias = has_as ? cursor_.TakeNameAfterAs() : cursor_.TakeName();
    if (has_as && !alias) return cursor_.Fail("SS010", cursor_.Peek().offset, "expected a name after AS");
    return true;
  }

  bool From(Select& select) {
    if (!ParseSource(select)) return false;
    for (;;) {
      if (cursor_.TakeSymbol(",")) {
        if (!ParseSource(select)) return false;
        continue;
      }
      if (!cursor_.IsWord("join") && !(cursor_.IsWord("inner") && cursor_.IsWord("join", 1))) return true;
      cursor_.Advance(cursor_.IsWord("join") ? 1 : 2);
      if (!ParseSource(select)) return false;
      if (cursor_.TakeWord("on") && !Condition(select)) return false;
    }
  }

  bool ParseSource(Select& select) {
    Source source;
    source.offset = cursor_.Peek().offset;
    if (cursor_.TakeSymbol("(")) {
      source.kind = SourceKind::kSubquery;
      if (!cursor_.IsWord("select")) return cursor_.FailHere();
      source.subquery = Subquery();
      if (!source.subquery || !cursor_.Expect(")", "to close the subquery") || !Alias(source.alias)) return false;
      if (!source.alias) return cursor_.Fail("SS010", cursor_.Peek().offset, "a subquery in FROM needs a name");
      if (!ColumnNames(source)) return false;
      select.sources.push_back(std::move(source));
      return true;
    }
    std::optional<Name> name = cursor_.TakeName();
    if (!name) {
      if (cursor_.IsEnd()) return cursor_.FailHere();
      return cursor_.Fail("SS010", cursor_.Peek().offset, "expected a table's name");
    }
    if (cursor_.TakeSymbol(".")) {
      source.schema = std::move(name);
      name = cursor_.TakeName();
      if (!name) return cursor_.FailHere();
    }
    source.name = *std::move(name);
    if (!source.schema && cursor_.TakeSymbol("(")) {
      source.kind = SourceKind::kFunction;
      if (!scalars_.List(")", source.arguments)) return false;
    }
    if (!Alias(source.alias)) return false;
    select.sources.push_back(std::move(source));
    return true;
  }

  // (SELECT ...) AS name (a, b)
  bool ColumnNames(Source& source) {
    if (!cursor_.TakeSymbol("(")) return true;
    do {
      std::optional<Name> name = cursor_.TakeName();
      if (!name) return cursor_.FailHere();
      source.columns.push_back(*std::move(name));
    } while (cursor_.TakeSymbol(","));
    return cursor_.Expect(")", "to close the column names");
  }

  TokenCursor cursor_;
  Grammar grammar_;
  ScalarParser scalars_;
  int depth_ = 0;
};

}  // namespace

std::optional<Select> ParseQuery(std::string_view sql, std::size_t base, Grammar grammar, SqlError& error) {
  std::vector<Token> tokens;
  if (!Tokenize(sql, tokens, error)) {
    error.offset += base;
    return std::nullopt;
  }
  for (Token& token : tokens) {
    token.offset += base;
    token.end += base;
  }
  return Parser(std::move(tokens), grammar, error).Query();
}

}  // namespace skerry::rules
