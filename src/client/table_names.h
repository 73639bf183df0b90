// Which table names cross the module's edge, and how.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skerry::client {

// Names that an application knows: its own tables, and the queue, which it may read and delete from.
bool IsPublic(std::string_view table);
// The public ones as a JSON array.
std::string NamesJson(const std::vector<std::string>& names);
// {"tables":[…]}
std::string TablesReply(const std::vector<std::string>& names);

}  // namespace skerry::client
