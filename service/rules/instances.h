// What a query reads: every mention of a table is an instance of its own, so a table may stand in a query twice; and
// the table functions. Expressions name them by number.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "row/table_pattern.h"
#include "rules/expression.h"
#include "rules/syntax.h"

namespace skerry::rules {

struct Instance {
  enum class Kind : std::uint8_t { kTable, kRowFunction, kRequestFunction };
  Kind kind = Kind::kTable;
  row::TablePattern pattern;  // kTable.
  std::optional<Name> alias;  // kTable.
  Expression argument;        // What a function expands.
  int table = -1;             // kTable: itself. kRowFunction: the table whose row is expanded.
  std::size_t offset = 0;
};

// What an expression is about.
struct Sides {
  std::set<int> tables;
  std::set<int> functions;  // Over request data.
  bool has_request = false;
  bool has_bucket = false;  // A parameter of a legacy bucket.
  bool has_element = false;

  bool is_one_table() const { return tables.size() == 1 && !is_outside(); }
  bool is_outside() const { return !functions.empty() || has_request || has_bucket; }
  bool is_request_only() const { return tables.empty() && functions.empty() && !has_bucket; }
};

class Instances {
 public:
  int AddTable(const Source& source);
  // json_each(argument). -1 with the reason if that cannot be.
  int AddFunction(Expression argument, std::size_t offset, std::string_view& reason);
  // What a table function gives.
  static Expression Element(int function, bool is_key, std::size_t offset);

  const Instance& at(int instance) const { return all_[static_cast<std::size_t>(instance)]; }
  const std::vector<Instance>& all() const { return all_; }
  Sides SidesOf(const Expression& expression) const;

 private:
  void Collect(const Expression& expression, Sides& sides) const;

  std::vector<Instance> all_;
};

}  // namespace skerry::rules
