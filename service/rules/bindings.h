// How a querier's lookups play out for one request: combinations of rows, continued lookup by lookup.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/program.h"
#include "rules/request_evaluator.h"

namespace skerry::rules {

// A querier's expressions made ready to run.
class BoundQuerier {
 public:
  BoundQuerier(const Querier& querier, const Dialect& dialect);

  struct BoundInput {
    int slot = -1;
    Program value;
  };
  struct BoundKey {
    std::vector<BoundInput> inputs;
  };
  struct BoundLookup {
    std::size_t index = 0;
    int first_slot = 0;
    std::vector<BoundKey> keys;
    std::vector<bool> is_needed;  // By slot: something after this lookup reads it.
  };

  const Querier& querier;
  std::vector<Program> functions;
  std::vector<Program> filters;
  std::vector<BoundLookup> lookups;
  std::vector<BoundKey> keys;
  bool needs_elements_later = false;  // A lookup or key reads what a function gave.
};

// Reads the index for one evaluation: remembers what was read, counts rows, and asks for equal keys once.
class LookupSession {
 public:
  LookupSession(const Plan& plan, IndexReader& indexes, const Limits& limits)
      : plan_(plan), indexes_(indexes), limits_(limits) {}

  // Key tuples ("a",1) that the querier's buckets have for this request, each once; more than `limits.buckets` if there
  // are too many. A failure of an expression is kInvalidArgument.
  Result<std::vector<std::string>> Tuples(const BoundQuerier& querier, const RequestScopes& scopes);

  std::vector<IndexKey> TakeKeysRead();

 private:
  // The outputs of lookups so far, as texts of JSON scalars, and the present row of each function.
  struct Binding {
    std::vector<std::string> slots;
    std::vector<Element> elements;
  };
  using Rows = std::vector<std::vector<std::string>>;  // Output tuples.

  Result<std::vector<Binding>> Begin(const BoundQuerier& querier, const RequestScopes& scopes);
  Result<std::vector<Binding>> Continue(const BoundQuerier& querier, std::size_t at, const RequestScopes& scopes,
                                        std::vector<Binding> bindings);
  // Appends the tuple; false if a value is missing or the inputs of a key disagree.
  bool AppendTuple(std::string& out, const std::vector<BoundQuerier::BoundKey>& keys, const Binding& binding,
                   const RequestScopes& scopes, bool allows_null);
  Result<const Rows*> Read(std::size_t index, std::vector<std::string> keys);
  Error TooMany(std::size_t index, std::string_view what, std::size_t limit) const;
  Error Failure() const;

  const Plan& plan_;
  IndexReader& indexes_;
  const Limits& limits_;
  Scratch scratch_;
  std::size_t rows_ = 0;
  std::map<std::pair<std::size_t, std::vector<std::string>>, Rows> answers_;
};

}  // namespace skerry::rules
