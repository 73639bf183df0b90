// What capture has to know of one table: which column stands where, and what its queue entries hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "sqlite/connection.h"

namespace skerry::store {

struct CapturedTable {
  struct Column {
    int position;     // In the table's row; in an insert-only table: in the schema.
    std::string key;  // "name": as JSON.
    std::string name;
  };

  std::string sql_name;
  std::string type;              // The row type.
  std::string type_json;         // The same, quoted.
  std::vector<Column> columns;   // Sorted bytewise by name: the order of `data`.
  std::vector<Column> previous;  // Those that `old` holds, in schema order (C-061); empty when it is not kept.
  std::vector<Column> previous_sorted;
  bool insert_only = false;
  bool previous_only_when_changed = false;
  bool ignore_empty_update = false;
  int metadata_position = -1;
  int deleted_position = -1;
};

// Describes `table` as it stands in the database, whose column order may differ from the schema's after changes.
Result<CapturedTable> DescribeTable(sqlite::Connection& db, const schema::Table& table);

}  // namespace skerry::store
