#include <set>

#include "rules/query_compiler.h"

namespace skerry::rules {
namespace {

class Projector {
 public:
  Projector(const Select& select, const Scope& scope, Resolver& resolver, const QueryContext& context)
      : select_(select), scope_(scope), resolver_(resolver), context_(context) {}

  std::optional<Projection> Run() {
    for (const SelectItem& item : select_.items) {
      if (!(item.is_star ? Star(item) : Value(item))) return std::nullopt;
    }
    if (projection_.table < 0 || !has_column_) {
      resolver_.Fail("SS013", select_.items[0].offset, "the query must select columns of one table of the source");
      return std::nullopt;
    }
    if (!has_id_) {
      resolver_.Warn("SW004", select_.offset,
                     "the query selects no column 'id', so all its rows are one object on the client; add one, "
                     "for example: key AS id");
    }
    NameTable();
    return std::move(projection_);
  }

 private:
  bool Use(int table, std::size_t offset) {
    if (projection_.table >= 0 && projection_.table != table) {
      return resolver_.Fail("SS014", offset,
                            "the columns must come from one table; another query may select the other");
    }
    projection_.table = table;
    return true;
  }

  bool Star(const SelectItem& item) {
    const Visible* source = nullptr;
    if (item.table) {
      source = resolver_.Find(*item.table, scope_);
      if (source == nullptr) return false;
    } else if (scope_.sources.size() != 1) {
      return resolver_.Fail("SS014", item.offset, "* would select columns of several tables; write table.*");
    } else {
      source = &scope_.sources[0];
    }
    if (source->instance < 0) {
      for (const auto& [name, value] : source->columns) {
        if (!Add(name, value, item.offset)) return false;
      }
      return true;
    }
    if (resolver_.instances().at(source->instance).kind != Instance::Kind::kTable) {
      return resolver_.Fail("SS013", item.offset, "the query must select columns of one table of the source");
    }
    if (has_alias_) {
      resolver_.Warn("SW003", item.offset, "the * overwrites the columns named before it; put it first");
    }
    if (!Use(source->instance, item.offset)) return false;
    projection_.outputs.push_back({.is_star = true});
    has_id_ = true;
    has_column_ = true;
    return true;
  }

  bool Value(const SelectItem& item) {
    auto value = resolver_.Resolve(item.value, scope_);
    if (!value) return false;
    std::string name = ColumnName(item);
    const bool has_name = !name.empty();
    if (!has_name) {
      name = context_.sql.substr(item.value.offset - context_.base, item.value.end - item.value.offset);
    }
    has_alias_ = has_alias_ || item.alias.has_value();
    if (!Add(name, *std::move(value), item.offset)) return false;
    if (!has_name) resolver_.Warn("SW003", item.offset, "this column has no name of its own; add one with AS");
    return true;
  }

  bool Add(const std::string& name, Expression value, std::size_t offset) {
    const Sides sides = resolver_.SidesOf(value);
    if (sides.has_request || (sides.is_outside() && !sides.tables.empty())) {
      return resolver_.Fail("SS014", offset, "request data cannot be selected");
    }
    if (sides.is_outside()) {
      return resolver_.Fail("SS013", offset, "the query must select columns of one table of the source");
    }
    for (const int table : sides.tables) {
      if (!Use(table, offset)) return false;
    }
    has_id_ = has_id_ || name == "id";
    has_column_ = has_column_ || MentionsRow(value);
    projection_.outputs.push_back({.value = std::move(value), .name = name});
    return true;
  }

  static bool MentionsRow(const Expression& value) {
    if (value.op == Op::kColumn || value.op == Op::kSchema || value.op == Op::kTableName ||
        value.op == Op::kTableSuffix) {
      return true;
    }
    for (const Expression& argument : value.arguments) {
      if (MentionsRow(argument)) return true;
    }
    return false;
  }

  void NameTable() {
    const Instance& table = resolver_.instances().at(projection_.table);
    if (!table.alias) {
      projection_.output_table = table.pattern.any_name_suffix ? "" : table.pattern.name;
      return;
    }
    projection_.output_table = table.alias->text;
    if (select_.sources.size() > 1 && !table.alias->is_quoted && table.alias->text != table.pattern.name) {
      resolver_.Warn("SW003", table.alias->offset,
                     "the alias is also the table's name on the client; write \"" + table.alias->text +
                         "\" in double quotes if that is meant");
    }
  }

  const Select& select_;
  const Scope& scope_;
  Resolver& resolver_;
  const QueryContext& context_;
  Projection projection_;
  bool has_id_ = false;
  bool has_alias_ = false;
  bool has_column_ = false;
};

}  // namespace

std::optional<Projection> Project(const Select& select, const Scope& scope, Resolver& resolver,
                                  const QueryContext& context) {
  return Projector(select, scope, resolver, context).Run();
}

}  // namespace skerry::rules
