#include "rules/resolver.h"

#include <algorithm>

#include "rules/request_calls.h"

namespace skerry::rules {

bool Resolver::Fail(std::string_view id, std::size_t offset, std::string message) {
  error_ = {std::string(id), offset, std::move(message)};
  return false;
}

int Resolver::AddFunction(Expression argument, std::size_t offset) {
  std::string_view reason;
  const int instance = instances_.AddFunction(std::move(argument), offset, reason);
  if (instance < 0) Fail("SS031", offset, std::string(reason));
  return instance;
}

const Visible* Resolver::Find(const Name& name, const Scope& scope) {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    for (const Visible& source : at->sources) {
      if (source.name == name.text) return &source;
    }
  }
  std::string message = "unknown table or alias '" + name.text + "'";
  for (const Visible& source : scope.sources) {
    if (source.instance < 0) continue;
    const Instance& instance = instances_.at(source.instance);
    if (instance.kind == Instance::Kind::kTable && instance.pattern.name == name.text) {
      message += "; the table is called '" + source.name + "' here";
    }
  }
  Fail("SS015", name.offset, std::move(message));
  return nullptr;
}

std::optional<Expression> Resolver::Column(const Visible& source, const Name& name, std::size_t offset) {
  if (source.instance < 0) {
    for (const auto& [column, value] : source.columns) {
      if (column == name.text) return value;
    }
    Fail("SS015", name.offset, "'" + source.name + "' has no column '" + name.text + "'");
    return std::nullopt;
  }
  const Instance& instance = instances_.at(source.instance);
  if (instance.kind != Instance::Kind::kTable) {
    if (name.text == "key" || name.text == "value")
      return Instances::Element(source.instance, name.text == "key", offset);
    Fail("SS015", name.offset, "json_each has the columns key and value, not '" + name.text + "'");
    return std::nullopt;
  }
  Expression column;
  column.op = Op::kColumn;
  column.name = name.text;
  column.source = source.instance;
  column.offset = offset;
  if (grammar_ == Grammar::kLegacy && name.text == "_table_suffix" && instance.pattern.any_name_suffix) {
    column.op = Op::kTableSuffix;
  }
  return column;
}

std::optional<Expression> Resolver::ResolveName(const Node& node, const Scope& scope) {
  if (node.table) {
    if (grammar_ == Grammar::kLegacy) {
      if (auto value = LegacyName(node)) return value;
    }
    const Visible* source = Find(*node.table, scope);
    return source == nullptr ? std::nullopt : Column(*source, node.name, node.offset);
  }
  if (scope.sources.size() == 1) return Column(scope.sources[0], node.name, node.offset);
  Fail("SS015", node.offset,
       scope.sources.empty()
           ? "there is no table with a column '" + node.name.text + "' here"
           : "'" + node.name.text + "' could be a column of several tables; write table." + node.name.text);
  return std::nullopt;
}

// token_parameters.x, user_parameters.x and bucket.x, which no table may be called.
std::optional<Expression> Resolver::LegacyName(const Node& node) {
  if (node.table->text == "bucket") {
    Expression parameter;
    parameter.op = Op::kBucketParameter;
    parameter.name = node.name.text;
    parameter.offset = node.offset;
    return parameter;
  }
  return OldRequestName(node.table->text, node.name.text, node.offset);
}

bool Resolver::Arguments(const Node& node, const Scope& scope, std::vector<Expression>& out) {
  for (const Node& argument : node.arguments) {
    auto value = Resolve(argument, scope);
    if (!value) return false;
    out.push_back(*std::move(value));
  }
  return true;
}

std::optional<Expression> Resolver::ResolveCall(const Node& node, const Scope& scope) {
  if (node.table) {
    if (IsRequestNamespace(node.table->text)) return RequestCall(node, scope);
    const std::string& name = node.name.text;
    if (name == "schema" || name == "table_name" || name == "table_suffix") {
      const Visible* source = Find(*node.table, scope);
      return source == nullptr ? std::nullopt : TableCall(node, *source);
    }
    Fail("SS020", node.offset, "unknown function '" + node.table->text + "." + name + "'");
    return std::nullopt;
  }
  const FunctionInfo* info = FindFunction(node.name.text);
  if (node.name.text == "random") {
    Fail("SS020", node.offset, "random() is not allowed: a row must give the same every time");
    return std::nullopt;
  }
  if (info == nullptr || (info->is_legacy_only && grammar_ != Grammar::kLegacy)) {
    std::string hint;
    if (node.name.text == "coalesce") hint = "; use ifnull";
    if (node.name.text == "substr") hint = "; use substring";
    if (node.name.text == "json_each") hint = " here; json_each stands in FROM";
    Fail("SS020", node.offset, "unknown function '" + node.name.text + "'" + hint);
    return std::nullopt;
  }
  const int count = static_cast<int>(node.arguments.size());
  if (count < info->min_arguments || (info->max_arguments > 0 && count > info->max_arguments)) {
    std::string expected = std::to_string(info->min_arguments);
    if (info->max_arguments == 0) expected += " or more";
    if (info->max_arguments > info->min_arguments) expected += " to " + std::to_string(info->max_arguments);
    Fail("SS020", node.offset,
         node.name.text + "() takes " + expected + (expected == "1" ? " argument" : " arguments") + ", not " +
             std::to_string(count));
    return std::nullopt;
  }
  Expression call = Expression::Make(Op::kCall, node.offset, {});
  call.function = info->function;
  if (!Arguments(node, scope, call.arguments)) return std::nullopt;
  return call;
}

std::optional<Expression> Resolver::TableCall(const Node& node, const Visible& source) {
  const bool is_table = source.instance >= 0 && instances_.at(source.instance).kind == Instance::Kind::kTable;
  if (!is_table || !node.arguments.empty() || grammar_ == Grammar::kLegacy) {
    Fail("SS020", node.offset,
         is_table ? "unknown call of " + node.name.text + "()" : "'" + source.name + "' is no table of the source");
    return std::nullopt;
  }
  Expression call;
  call.op = node.name.text == "schema"       ? Op::kSchema
            : node.name.text == "table_name" ? Op::kTableName
                                             : Op::kTableSuffix;
  call.source = source.instance;
  call.offset = node.offset;
  if (call.op == Op::kTableSuffix && !instances_.at(source.instance).pattern.any_name_suffix) {
    Warn("SW003", node.offset, "table_suffix() is always empty: '" + source.name + "' is no wildcard");
  }
  return call;
}

std::optional<Expression> Resolver::RequestCall(const Node& node, const Scope& scope) {
  std::vector<Expression> arguments;
  if (!Arguments(node, scope, arguments)) return std::nullopt;
  for (const Expression& argument : arguments) {
    if (SidesOf(argument).is_request_only()) continue;
    Fail("SS020", argument.offset, "a parameter's name cannot come from a table");
    return std::nullopt;
  }
  return MakeRequestCall(node, std::move(arguments), grammar_, error_);
}

// In a set of constants or of one row, which is a scalar test.
std::optional<Expression> Resolver::ResolveIn(const Node& node, const Scope& scope) {
  auto value = Resolve(node.arguments[0], scope);
  if (!value) return value;
  const Node& set = node.arguments[1];
  Expression test = Expression::Make(set.kind == NodeKind::kList ? Op::kInList : Op::kInJson, node.offset, {});
  test.arguments.push_back(*std::move(value));
  if (set.kind == NodeKind::kList) {
    if (!Arguments(set, scope, test.arguments)) return std::nullopt;
  } else {
    auto json = Resolve(set, scope);
    if (!json) return json;
    test.arguments.push_back(*std::move(json));
  }
  if (!node.is_negated) return test;
  return Expression::Make(Op::kNot, node.offset, {std::move(test)});
}

std::optional<Expression> Resolver::Resolve(const Node& node, const Scope& scope) {
  switch (node.kind) {
    case NodeKind::kLiteral:
      return Expression::Of(node.literal, node.offset);
    case NodeKind::kName:
      return ResolveName(node, scope);
    case NodeKind::kCall:
      return ResolveCall(node, scope);
    case NodeKind::kOperator: {
      Expression made = Expression::Make(node.op, node.offset, {});
      if (!Arguments(node, scope, made.arguments)) return std::nullopt;
      return made;
    }
    case NodeKind::kIn:
      return ResolveIn(node, scope);
    case NodeKind::kBetween: {
      std::vector<Expression> parts;
      if (!Arguments(node, scope, parts)) return std::nullopt;
      Expression both = Expression::Make(Op::kAnd, node.offset,
                                         {Expression::Make(Op::kGreaterEqual, node.offset, {parts[0], parts[1]}),
                                          Expression::Make(Op::kLessEqual, node.offset, {parts[0], parts[2]})});
      if (!node.is_negated) return both;
      return Expression::Make(Op::kNot, node.offset, {std::move(both)});
    }
    case NodeKind::kOverlap:
      Fail("SS017", node.offset, "&& stands in conditions only");
      return std::nullopt;
    case NodeKind::kList:
      Fail("SS010", node.offset, "a list of values is allowed after IN only");
      return std::nullopt;
    case NodeKind::kSubquery:
      Fail("SS017", node.offset, "a subquery is allowed after IN only");
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace skerry::rules
