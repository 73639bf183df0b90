// A table of the source as replication found it.
#pragma once

#include <string>
#include <vector>

namespace skerry::row {

struct Table {
  std::string name;                  // As the source spells it.
  std::vector<std::string> columns;  // In table order; a row's values stand in the same order.
  std::vector<int> key;              // Positions in `columns` of the primary key.
  // Names this table and shape in subkeys: stays the same as long as the table keeps its identity. Lower case UUID.
  std::string id;

  friend bool operator==(const Table&, const Table&) = default;
};

}  // namespace skerry::row
