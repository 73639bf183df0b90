// What may be a name in a schema, and when two names are the same to SQLite.
#pragma once

#include <string_view>

namespace skerry::schema {

// False for "'%,.#[], white space, control characters and the empty name.
bool IsValidName(std::string_view name);
// Compares as SQLite compares names: ASCII letters without case.
bool SameName(std::string_view a, std::string_view b);
// "ps_..." and "sqlite_..." belong to Skerry and SQLite.
bool IsReservedName(std::string_view name);

}  // namespace skerry::schema
