#include "client/table_names.h"

#include "base/json.h"

namespace skerry::client {

bool IsPublic(std::string_view table) {
  if (table.substr(0, 3) == "ps_") return table == "ps_crud";
  return table.substr(0, 7) != "sqlite_";
}

std::string NamesJson(const std::vector<std::string>& names) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const std::string& name : names) {
    if (IsPublic(name)) json.String(name);
  }
  json.EndArray();
  return text;
}

std::string TablesReply(const std::vector<std::string>& names) { return "{\"tables\":" + NamesJson(names) + "}"; }

}  // namespace skerry::client
