// Which tables of the source a query reads: one name, or every name that begins alike (sync-streams.md, section 4).
#pragma once

#include <string>
#include <string_view>

#include "row/table.h"

namespace skerry::row {

struct TablePattern {
  std::string connection;  // The tag before a schema; empty: the only one.
  std::string schema;      // Empty: where the source looks for a plain name ("public", SQLite's "main").
  std::string name;
  bool any_schema_suffix = false;  // `schema` is a prefix: it was written with a trailing %.
  bool any_name_suffix = false;    // `name` is a prefix.

  // System schemas match no wildcard.
  bool Matches(const Table& table) const;
  bool Matches(std::string_view table_schema, std::string_view table_name) const;
  bool is_wildcard() const { return any_schema_suffix || any_name_suffix; }
  // What the wildcard stood for; empty for a pattern without one.
  std::string_view Suffix(std::string_view table_name) const;
  // As written: "boats", "sales.boats", "journal_%".
  std::string Text() const;

  friend bool operator==(const TablePattern&, const TablePattern&) = default;
};

// "main" for a source without schemas.
std::string_view SchemaOf(const Table& table);

}  // namespace skerry::row
