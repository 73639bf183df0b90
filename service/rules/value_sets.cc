#include "rules/value_sets.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/json.h"
#include "rules/request_values.h"

namespace skerry::rules {
namespace {

void SortUnique(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// Appends the first member of each tuple in `outputs` ([["c1"],["c2"]]), or the empty text for an empty tuple.
Status AppendFirstMembers(std::string_view outputs, std::vector<std::string>& values) {
  JsonReader reader(outputs);
  if (reader.BeginArray()) {
    while (reader.NextElement()) {
      std::string_view first;
      bool is_first = true;
      if (!reader.BeginArray()) break;
      while (reader.NextElement()) {
        std::string_view member;
        if (!reader.ReadRaw(member)) break;
        if (std::exchange(is_first, false)) first = member;
      }
      values.emplace_back(first);
    }
  }
  return reader.Finish("an entry of the parameter index");
}

}  // namespace

Literal Evaluate(const RequestExpression& expression, const RequestScopes& scopes) {
  switch (expression.scope) {
    case RequestScope::kAuth:
      return ValueAtPath(scopes.token, expression.path);
    case RequestScope::kSubscription:
      return ValueAtPath(scopes.subscription, expression.path);
    case RequestScope::kConnection:
      break;
  }
  return ValueAtPath(scopes.connection, expression.path);
}

bool Holds(const RequestFilter& filter, const RequestScopes& scopes) {
  const Literal left = Evaluate(filter.left, scopes);
  if (const auto* expression = std::get_if<RequestExpression>(&filter.right)) {
    const Literal right = Evaluate(*expression, scopes);
    return Holds(filter.op, left.view(), right.view());
  }
  return Holds(filter.op, left.view(), std::get_if<Literal>(&filter.right)->view());
}

Result<std::vector<std::string>> LookupSession::Values(const Lookup& lookup, const RequestScopes& scopes) {
  SKERRY_ASSIGN(keys, Tuples(lookup.keys, scopes, limits_.index_keys));
  if (keys.size() > limits_.index_keys) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "a lookup in table '" + plan_.indexes[lookup.index].table + "' needs more than " +
                            std::to_string(limits_.index_keys) + " keys"};
  }
  if (keys.empty()) return std::vector<std::string>{};
  for (std::string& key : keys) key = "[" + key + "]";

  const auto index = static_cast<std::uint32_t>(lookup.index);
  const auto known = answers_.find({index, keys});
  if (known != answers_.end()) return known->second;

  SKERRY_ASSIGN(outputs, indexes_.Lookup(index, keys, limits_.index_rows - rows_));
  rows_ += outputs.size();
  std::vector<std::string> values;
  for (const std::string& output : outputs) SKERRY_TRY(AppendFirstMembers(output, values));
  SortUnique(values);
  answers_.emplace(std::pair(index, std::move(keys)), values);
  return values;
}

Result<std::vector<std::string>> LookupSession::Values(const KeyInput& input, const RequestScopes& scopes) {
  std::vector<std::string> result;
  bool is_first = true;
  for (const ValueSet& set : input.sets) {
    std::vector<std::string> values;
    if (set.request) {
      const Literal value = Evaluate(*set.request, scopes);
      std::string text;
      if (row::AppendKey(text, value.view())) values.push_back(std::move(text));  // NULL joins nothing.
    } else {
      SKERRY_ASSIGN(found, Values(*set.lookup, scopes));
      values = std::move(found);
    }
    if (std::exchange(is_first, false)) {
      result = std::move(values);
    } else {
      std::vector<std::string> both;
      std::set_intersection(result.begin(), result.end(), values.begin(), values.end(), std::back_inserter(both));
      result = std::move(both);
    }
  }
  return result;
}

Result<std::vector<std::string>> LookupSession::Tuples(const std::vector<KeyInput>& inputs, const RequestScopes& scopes,
                                                       std::size_t limit) {
  std::vector<std::string> tuples = {""};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    SKERRY_ASSIGN(values, Values(inputs[i], scopes));
    std::vector<std::string> longer;
    for (const std::string& tuple : tuples) {
      for (const std::string& value : values) {
        if (longer.size() > limit) break;  // Too many already: the caller refuses.
        longer.push_back(i == 0 ? value : tuple + "," + value);
      }
    }
    tuples = std::move(longer);
  }
  return tuples;
}

std::vector<IndexKey> LookupSession::TakeKeysRead() {
  std::set<std::pair<std::uint32_t, std::string>> distinct;
  for (const auto& [question, answer] : answers_) {
    for (const std::string& key : question.second) distinct.emplace(question.first, key);
  }
  std::vector<IndexKey> keys;
  for (const auto& [index, key] : distinct) keys.push_back({index, key});
  return keys;
}

}  // namespace skerry::rules
