// A table of the source as replication found it.
#pragma once

#include <string>
#include <vector>

namespace skerry::row {

struct Table {
  std::string name;                  // As the source spells it, without the schema.
  std::vector<std::string> columns;  // In table order; a row's values stand in the same order.
  std::vector<int> key;              // Positions in `columns` of the primary key.
  // Names this table and shape in subkeys: stays the same as long as the table keeps its identity. Lower case UUID.
  std::string id;
  std::string schema;  // "public"; empty where the source has none (SQLite).
  std::string mark;    // The source's own note of what else its rows depend on (column types); opaque to all others.

  // Tells it from every other table of the source: "boats", "public.boats".
  std::string QualifiedName() const { return schema.empty() ? name : schema + '.' + name; }

  friend bool operator==(const Table&, const Table&) = default;
};

}  // namespace skerry::row
