// Rows from C++ into one statement: INSERT INTO t SELECT c0, c1, ... FROM skerry_rows_<n>.
//
// A statement per row pays for its start and end, and forgets where it was in each b-tree. One statement that draws
// many sorted rows keeps its cursors: appending at the right edge costs no search at all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace skerry::sqlite {

// One value, borrowing its text.
struct Cell {
  ValueType type = ValueType::kNull;  // Not kBlob.
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;

  static Cell Integer(std::int64_t value) { return {ValueType::kInteger, value, 0, {}}; }
  static Cell Real(double value) { return {ValueType::kReal, 0, value, {}}; }
  static Cell Text(std::string_view value) { return {ValueType::kText, 0, 0, value}; }
};

// Gives rows one after the other.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Moves to the first or next row; false at the end.
  virtual Result<bool> Next() = 0;
  // A value of this row. Its text must stay valid until the next call of Next().
  virtual Cell At(int column) const = 0;
};

// A table-valued source of `columns` columns named c0, c1, ... SQLite keeps its address; it goes before the connection.
class RowFeed {
 public:
  static Result<std::unique_ptr<RowFeed>> Open(Connection& db, int columns);
  RowFeed(const RowFeed&) = delete;
  RowFeed& operator=(const RowFeed&) = delete;
  ~RowFeed();

  const std::string& name() const { return name_; }
  int columns() const { return columns_; }
  // Steps a statement that selects from this feed to its end, with the rows of `source`. An error of the source comes
  // back as it is.
  Status Run(Statement& statement, RowSource& source);

 private:
  friend struct RowFeedModule;
  RowFeed(Connection& db, int columns) : db_(db), columns_(columns), name_("skerry_rows_" + std::to_string(columns)) {}

  Connection& db_;
  int columns_;
  std::string name_;
  RowSource* source_ = nullptr;  // Without one the table is empty.
  Status failure_;
};

// The feeds of a connection, by number of columns. At most one statement may draw from each at a time.
class RowFeeds {
 public:
  explicit RowFeeds(Connection& db) : db_(db) {}
  Result<RowFeed*> For(int columns);

 private:
  Connection& db_;
  std::map<int, std::unique_ptr<RowFeed>> feeds_;
};

}  // namespace skerry::sqlite
