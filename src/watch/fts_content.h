// The external content of an FTS5 table: the table or view whose rows a query on it shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skerry::watch {

// The value of the option `content=` in "CREATE VIRTUAL TABLE … USING fts5(…)"; nullopt if the table has its own
// content or none, or is not FTS5.
std::optional<std::string> FtsContentTable(std::string_view create_sql);

}  // namespace skerry::watch
