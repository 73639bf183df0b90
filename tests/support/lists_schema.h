// The schema that most client tests use: two synced tables and a local one.
#pragma once

#include <nlohmann/json.hpp>

namespace skerry::test {

inline nlohmann::json ListsSchema() {
  return nlohmann::json::parse(R"({"tables":[
    {"name":"lists","columns":[{"name":"name","type":"text"},{"name":"owner_id","type":"text"}]},
    {"name":"todos","columns":[{"name":"list_id","type":"text"},{"name":"title","type":"text"},{"name":"done","type":"integer"}],
     "indexes":[{"name":"by_list","columns":[{"name":"list_id","ascending":true,"type":"text"}]}]},
    {"name":"notes","columns":[{"name":"text","type":"text"}],"local_only":true}]})");
}

}  // namespace skerry::test
