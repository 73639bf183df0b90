// What the keys of a querier may be for one subscription: request values and lookups into sets of key texts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/request_evaluator.h"

namespace skerry::rules {

// The JSON objects that request expressions read. Empty text: no parameters at all.
struct RequestScopes {
  std::string_view token;
  std::string_view connection;
  std::string_view subscription;
};

Literal Evaluate(const RequestExpression& expression, const RequestScopes& scopes);
bool Holds(const RequestFilter& filter, const RequestScopes& scopes);

// Reads the index for one evaluation: remembers what was read, counts rows, and asks for equal keys once.
class LookupSession {
 public:
  LookupSession(const Plan& plan, IndexReader& indexes, const Limits& limits)
      : plan_(plan), indexes_(indexes), limits_(limits) {}

  // Key texts (`"u1"`, `42`), sorted, each once: the values of the lookup's first output. For a gate, empty or not is
  // the answer, and an element is the empty text.
  Result<std::vector<std::string>> Values(const Lookup& lookup, const RequestScopes& scopes);

  // Those values that are in every set of `input`.
  Result<std::vector<std::string>> Values(const KeyInput& input, const RequestScopes& scopes);

  // Every combination of the inputs' values as "a,1", at most `limit` + 1 of them.
  Result<std::vector<std::string>> Tuples(const std::vector<KeyInput>& inputs, const RequestScopes& scopes,
                                          std::size_t limit);

  std::vector<IndexKey> TakeKeysRead();

 private:
  const Plan& plan_;
  IndexReader& indexes_;
  const Limits& limits_;
  std::size_t rows_ = 0;
  std::map<std::pair<std::uint32_t, std::vector<std::string>>, std::vector<std::string>> answers_;
};

}  // namespace skerry::rules
