// The sync configs that deployments were made from, as text: what is needed to serve one that a newer config is about
// to replace.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"

namespace skerry::storage {

// Creates the table if it is missing.
Status PrepareConfigTexts(sqlite::Connection& db);

// `text` is a config whose compiled form is `plan`. Forgets all others but that of the plan `active`.
Status KeepConfigText(sqlite::Connection& db, std::string_view plan, std::string_view text, std::string_view active);
// Empty if it is not known.
Result<std::string> ReadConfigText(sqlite::Connection& db, std::string_view plan);

}  // namespace skerry::storage
