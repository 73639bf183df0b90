// A row's JSON as column values, by the rules of C-041: what json_extract would give. The cast to the column's declared
// type is left to SQLite's own CAST, in the statement that takes the values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "schema/schema.h"
#include "sqlite/row_feed.h"

namespace skerry::store {

class RowValues {
 public:
  explicit RowValues(std::span<const schema::Column> columns);

  // One value per column, NULL where the object has no such member; of a repeated member the first counts. kProtocol if
  // `json` is not an object. The values borrow from `json` and from this object until the next call.
  Result<std::span<const sqlite::Cell>> Read(std::string_view json);
  // Whether the columns, once they have taken the values of the last Read(), give back every member with its value:
  // then the row of this id tells all that its JSON told (store/bare_entries.h).
  bool AreWhole(std::string_view id) const { return is_whole_ && (!has_id_ || id_ == id); }

 private:
  // What a column stores as it comes; kOther may change any value.
  enum class Storage : std::uint8_t { kText, kInteger, kReal, kOther };
  // Members that are no column.
  static constexpr int kUnknown = -1;
  static constexpr int kId = -2;

  // A member of the row that was last read in full.
  struct Member {
    std::string before;  // The text between the value before and this one: `{"name":`, later `,"done":`.
    int column;          // Or kUnknown, also for a repeated member, or kId.
  };

  // For rows that differ from the last one in their values alone: the members' names are compared, not read. False
  // leaves the cells in any state.
  bool ReadLikeLast(std::string_view json);
  Status ReadFully(std::string_view json);
  void ReadValue(JsonReader& reader, sqlite::Cell& cell);
  int FindColumn(std::string_view key);
  void Begin();
  void TakeMember(int column, const sqlite::Cell& cell, bool is_plain);

  std::vector<std::string> columns_;
  std::vector<Storage> storage_;  // By column.
  std::vector<sqlite::Cell> cells_;
  std::vector<bool> is_read_;
  std::string unescaped_;  // Texts that had escapes.
  std::size_t guess_ = 0;  // Rows of a type list their members in the same order: look there first.
  std::vector<Member> members_;
  std::string after_;  // The text behind the last value.
  bool is_whole_ = false;
  bool has_id_ = false;
  std::string_view id_;  // The member "id", a text that was written without escapes.
};

}  // namespace skerry::store
