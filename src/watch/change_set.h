// Which tables were touched by transactions that committed.
//
// Fed from the row hook, so Add() costs a comparison for a row of the same table as before. A change that a failing
// statement or ROLLBACK TO undoes stays in the set: reporting too much costs a query, reporting too little an update.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skerry::watch {

class ChangeSet {
 public:
  // A row of `table` is about to change.
  void Add(std::string_view table);
  // The transaction commits, with or without row changes that Add() heard of.
  void Commit();
  // The transaction is gone, and what it touched with it.
  void Rollback();

  // True after a commit, until Take().
  bool has_committed() const { return committed_any_; }
  // The tables of all transactions that committed since the last call, each once. Empty although has_committed() if
  // only tables without a hook (temp) or the schema changed.
  std::vector<std::string> Take();

 private:
  std::vector<std::string> open_;  // Few: a transaction touches a handful of tables.
  std::size_t last_ = 0;           // Index in open_ of the table added last.
  std::vector<std::string> committed_;
  bool committed_any_ = false;
};

}  // namespace skerry::watch
