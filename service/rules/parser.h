// Tokens → one Select of the supported subset. Whatever the language has and this version does not is named as such;
// nothing is skipped.
#pragma once

#include <optional>
#include <string_view>

#include "rules/lexer.h"
#include "rules/syntax.h"

namespace skerry::rules {

// The id of everything that the language has and this version does not.
inline constexpr std::string_view kNotSupportedYet = "SS100";

// nullopt with `error` set.
std::optional<Select> ParseQuery(std::string_view sql, SqlError& error);

}  // namespace skerry::rules
