// The text of one query → its syntax (sync-streams.md, section 4), or the first thing wrong with it.
#pragma once

#include <optional>
#include <string_view>

#include "rules/lexer.h"
#include "rules/syntax.h"

namespace skerry::rules {

enum class Grammar : std::uint8_t {
  kStreams,
  kLegacy,  // Of bucket_definitions: a query may select nothing, or from nothing.
};

// nullopt with `error` set. `base` is added to every offset, so that several texts can be told apart.
std::optional<Select> ParseQuery(std::string_view sql, std::size_t base, Grammar grammar, SqlError& error);

}  // namespace skerry::rules
