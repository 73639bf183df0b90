// One conjunction → rows, indexes and a querier. Every table but the one that goes out becomes a parameter index; they
// are read one after the other, beginning where the request gives a key, each with the values of those before it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/condition.h"
#include "rules/index_set.h"
#include "rules/lookup_order.h"
#include "rules/plan.h"
#include "rules/resolver.h"

namespace skerry::rules {

class VariantBuilder {
 public:
  VariantBuilder(Resolver& resolver, IndexSet& indexes) : resolver_(resolver), indexes_(indexes) {}

  // Sorts the terms: filters of a table, filters of the request, equalities between two sides. False with the error
  // set.
  bool Take(const Variant& variant);
  // Makes the lookups. `primary` is the table that goes out, or -1 if only the lookups count. With `outputs`, each of
  // them is a value wanted of a table (legacy parameters).
  bool Connect(int primary);

  // What the variant says about one table.
  RowSource RowsOf(int table);
  // The keys of the primary table with their inputs, in the order of the keys' text.
  void KeysOf(int table, std::vector<Expression>& keys, std::vector<KeyInput>& inputs);
  // An expression of one table, as a plan has it.
  Expression Local(const Expression& expression) const;
  // The slot that will hold `value`, of a table other than the primary. To be asked before Connect().
  void Want(const Expression& value) { wanted_.push_back(value); }
  // The input that stands for a wanted value.
  Input WantedInput(const Expression& value) const;
  // Functions, filters and lookups.
  void Finish(Querier& querier);
  // For parameters of a legacy bucket: the row expressions that each is equal to.
  const std::vector<std::pair<std::string, Expression>>& bucket_matches() const { return bucket_matches_; }

 private:
  bool TakeTerm(const Expression& term);
  bool TakeMatch(const Expression& term);
  bool Relates(const Expression& term, std::string_view what);
  bool CheckFunctions();
  void AddLookup(int table, int primary);
  int SlotFor(int table, const Expression& value) const;
  void Group(int table, const std::vector<int>& known, std::vector<Expression>& keys,
             std::vector<KeyInput>& inputs) const;

  Resolver& resolver_;
  IndexSet& indexes_;
  std::vector<int> tables_;         // That the variant reads.
  std::vector<int> row_functions_;  // Of its tables.
  std::vector<int> request_functions_;
  std::map<int, std::vector<Expression>> row_filters_;
  std::vector<Expression> request_filters_;
  std::vector<Match> matches_;
  std::vector<std::pair<std::string, Expression>> bucket_matches_;
  std::vector<Expression> wanted_;
  std::map<int, int> ordinals_;  // Function instance → its place in the plan.
  // Looked up so far, and which slot holds which value of which table.
  std::vector<int> done_;
  std::vector<Lookup> lookups_;
  std::map<std::pair<int, std::string>, int> slots_;
  int slot_count_ = 0;
};

}  // namespace skerry::rules
