// The app's schema as values: which tables exist, how they look in SQL and how they take part in sync.
//
// A Schema that came out of Parse() is valid: names are unique (also when compared as SQLite does, without case), every
// index column exists, options fit together. It says nothing about a database; store/schema_change.h applies it to one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace skerry::schema {

struct Column {
  std::string name;
  std::string type;  // "text", "integer", "real", or another SQL type name; as the app wrote it.
};

struct IndexColumn {
  std::string name;
  bool ascending = true;
};

struct Index {
  std::string name;
  std::vector<IndexColumn> columns;
};

enum class TableKind : unsigned char {
  kSynced,      // Fed by sync; local writes are queued.
  kLocalOnly,   // Never synced.
  kInsertOnly,  // A view: INSERT goes to the upload queue, nothing is stored.
};

// Which previous values an entry of the upload queue carries (C-061, C-062).
struct PreviousValues {
  bool tracked = false;
  bool only_when_changed = false;
  std::vector<std::string> columns;  // Empty: all.
};

struct Table {
  std::string name;       // The row type on the wire and in the queue.
  std::string view_name;  // The table's name in SQL; usually the same.
  std::vector<Column> columns;
  std::vector<Index> indexes;
  TableKind kind = TableKind::kSynced;
  PreviousValues previous;
  bool include_metadata = false;
  bool ignore_empty_update = false;

  const Column* FindColumn(std::string_view column) const;
};

struct Schema {
  std::vector<Table> tables;

  // Reads the JSON of docs/module-abi.md (kSchema). Failures are kInvalidSchema and name the table or column.
  static Result<Schema> Parse(std::string_view json);
  // One canonical JSON text per schema: equal text means equal schema. Parse() reads it back.
  std::string ToJson() const;

  // By row type, exactly (C-120 step 6: types are compared by exact name).
  const Table* FindType(std::string_view name) const;
  // By name in SQL, without regard to ASCII case.
  const Table* FindSqlName(std::string_view name) const;
};

bool operator==(const Column& a, const Column& b);
bool operator==(const IndexColumn& a, const IndexColumn& b);
bool operator==(const Index& a, const Index& b);
bool operator==(const PreviousValues& a, const PreviousValues& b);
bool operator==(const Table& a, const Table& b);
bool operator==(const Schema& a, const Schema& b);

}  // namespace skerry::schema
