// One value of a query: a literal, a column or a value of the request.
#pragma once

#include <optional>

#include "rules/syntax.h"
#include "rules/token_cursor.h"

namespace skerry::rules {

std::optional<Operand> ParseOperand(TokenCursor& cursor);

// Of a SELECT list, where `alias.*` may stand too: then `star` is set and the column is empty.
std::optional<Operand> ParseItemOperand(TokenCursor& cursor, bool& star);

}  // namespace skerry::rules
