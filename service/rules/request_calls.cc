#include "rules/request_calls.h"

#include <string>
#include <utility>

namespace skerry::rules {
namespace {

Expression Whole(RequestScope scope, std::size_t offset) {
  Expression whole;
  whole.op = Op::kRequest;
  whole.scope = scope;
  whole.offset = offset;
  return whole;
}

// A member: `->>`, so that a plain key is one key and $.a.b descends.
Expression Member(RequestScope scope, Expression name, std::size_t offset) {
  return Expression::Make(Op::kArrowText, offset, {Whole(scope, offset), std::move(name)});
}
Expression Member(RequestScope scope, std::string_view name, std::size_t offset) {
  return Member(scope, Expression::Of({.type = row::Type::kText, .text = std::string(name)}, offset), offset);
}

}  // namespace

bool IsRequestNamespace(std::string_view name) {
  return name == "auth" || name == "subscription" || name == "connection" || name == "request";
}

std::optional<Expression> MakeRequestCall(const Node& node, std::vector<Expression> arguments, Grammar grammar,
                                          SqlError& error) {
  const std::string& space = node.table->text;
  const std::string& function = node.name.text;
  const std::string full = space + "." + function;
  const auto fail = [&](std::string message) {
    error = {"SS020", node.offset, std::move(message)};
    return std::nullopt;
  };
  const auto takes = [&](std::size_t count) {
    if (arguments.size() == count) return true;
    fail(full + (count == 0 ? "() takes no argument" : "() takes exactly one argument"));
    return false;
  };
  const bool is_legacy = grammar == Grammar::kLegacy;
  if (is_legacy != (space == "request")) {
    return fail("unknown function '" + full + "'; " +
                (is_legacy ? "in bucket_definitions use request" : "in streams use auth, subscription or connection"));
  }
  if (function == "user_id") {
    if (space != "auth" && !is_legacy) return fail("unknown function '" + full + "'; only auth has a user_id");
    if (!takes(0)) return std::nullopt;
    return Member(RequestScope::kAuth, "sub", node.offset);
  }
  if (is_legacy) {
    if (function == "jwt" || function == "parameters") {
      if (!takes(0)) return std::nullopt;
      return Whole(function == "jwt" ? RequestScope::kAuth : RequestScope::kConnection, node.offset);
    }
    return fail("unknown function '" + full + "'");
  }
  const RequestScope scope = space == "auth"           ? RequestScope::kAuth
                             : space == "subscription" ? RequestScope::kSubscription
                                                       : RequestScope::kConnection;
  if (function == "parameters") {
    if (!takes(0)) return std::nullopt;
    return Whole(scope, node.offset);
  }
  if (function != "parameter") return fail("unknown function '" + full + "'");
  if (!takes(1)) return std::nullopt;
  return Member(scope, std::move(arguments[0]), node.offset);
}

std::optional<Expression> OldRequestName(std::string_view table, std::string_view name, std::size_t offset) {
  if (table == "user_parameters") return Member(RequestScope::kConnection, name, offset);
  if (table != "token_parameters") return std::nullopt;
  if (name == "user_id") return Member(RequestScope::kAuth, "sub", offset);
  // The fields of the claim `parameters`.
  Expression claim = Member(RequestScope::kAuth, "parameters", offset);
  return Expression::Make(
      Op::kArrowText, offset,
      {std::move(claim), Expression::Of({.type = row::Type::kText, .text = std::string(name)}, offset)});
}

}  // namespace skerry::rules
