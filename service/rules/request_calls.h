// The functions and names that stand for request data (sync-streams.md, section 3).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rules/expression.h"
#include "rules/lexer.h"
#include "rules/parser.h"
#include "rules/syntax.h"

namespace skerry::rules {

// auth, subscription, connection, request.
bool IsRequestNamespace(std::string_view name);

// auth.user_id(), connection.parameter('p'), ... nullopt with `error` set.
std::optional<Expression> MakeRequestCall(const Node& node, std::vector<Expression> arguments, Grammar grammar,
                                          SqlError& error);

// Legacy: token_parameters.x and user_parameters.x. nullopt for any other name.
std::optional<Expression> OldRequestName(std::string_view table, std::string_view name, std::size_t offset);

}  // namespace skerry::rules
