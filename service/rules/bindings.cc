#include "rules/bindings.h"

#include <algorithm>
#include <set>

#include "base/json.h"

namespace skerry::rules {
namespace {

// Combinations that are alive at once; more would be memory without end before any limit speaks.
constexpr std::size_t kMaxBindings = 100'000;

std::vector<BoundQuerier::BoundKey> Bind(const std::vector<KeyInput>& keys, const Dialect& dialect) {
  std::vector<BoundQuerier::BoundKey> bound;
  for (const KeyInput& key : keys) {
    BoundQuerier::BoundKey& made = bound.emplace_back();
    for (const Input& input : key.inputs) {
      made.inputs.push_back({input.slot, input.slot >= 0 ? Program() : Program(input.value, dialect, {})});
    }
  }
  return bound;
}

bool ReadsElements(const Expression& expression) {
  if (expression.op == Op::kElementKey || expression.op == Op::kElementValue) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(), ReadsElements);
}
bool ReadsElements(const std::vector<KeyInput>& keys) {
  for (const KeyInput& key : keys) {
    for (const Input& input : key.inputs) {
      if (input.slot < 0 && ReadsElements(input.value)) return true;
    }
  }
  return false;
}

void MarkNeeded(const std::vector<KeyInput>& keys, std::vector<bool>& is_needed) {
  for (const KeyInput& key : keys) {
    for (const Input& input : key.inputs) {
      if (input.slot >= 0) is_needed[static_cast<std::size_t>(input.slot)] = true;
    }
  }
}

// The members of each tuple in `outputs` ([["c1",1],["c2",2]]) as texts.
Status AppendRows(std::string_view outputs, std::vector<std::vector<std::string>>& rows) {
  JsonReader reader(outputs);
  if (reader.BeginArray()) {
    while (reader.NextElement()) {
      if (!reader.BeginArray()) break;
      std::vector<std::string>& row = rows.emplace_back();
      while (reader.NextElement()) {
        std::string_view member;
        if (!reader.ReadRaw(member)) break;
        row.emplace_back(member);
      }
    }
  }
  return reader.Finish("an entry of the parameter index");
}

}  // namespace

BoundQuerier::BoundQuerier(const Querier& made_from, const Dialect& dialect) : querier(made_from) {
  for (const Expression& function : querier.functions) functions.emplace_back(function, dialect, Names{});
  for (const Expression& filter : querier.filters) filters.emplace_back(filter, dialect, Names{});
  keys = Bind(querier.keys, dialect);
  std::vector<bool> is_needed(static_cast<std::size_t>(querier.slots), false);
  MarkNeeded(querier.keys, is_needed);
  needs_elements_later = ReadsElements(querier.keys);
  for (std::size_t i = querier.lookups.size(); i > 0; --i) {
    const Lookup& lookup = querier.lookups[i - 1];
    lookups.push_back({lookup.index, lookup.first_slot, Bind(lookup.keys, dialect), is_needed});
    MarkNeeded(lookup.keys, is_needed);
    needs_elements_later = needs_elements_later || ReadsElements(lookup.keys);
  }
  std::reverse(lookups.begin(), lookups.end());
}

Error LookupSession::Failure() const { return {.code = ErrorCode::kInvalidArgument, .message = scratch_.failure()}; }

Error LookupSession::TooMany(std::size_t index, std::string_view what, std::size_t limit) const {
  return {.code = ErrorCode::kLimit,
          .message = "a lookup in table '" + plan_.indexes[index].rows.table.Text() + "' needs more than " +
                     std::to_string(limit) + " " + std::string(what)};
}

Result<std::vector<LookupSession::Binding>> LookupSession::Begin(const BoundQuerier& querier,
                                                                 const RequestScopes& scopes) {
  std::vector<Binding> bindings(1);
  bindings[0].slots.resize(static_cast<std::size_t>(querier.querier.slots));
  for (const Program& function : querier.functions) {
    const row::Value argument = function.Run({.request = &scopes}, scratch_);
    std::vector<Element> elements;
    if (scratch_.has_failed() || !AppendElements(argument, plan_.options.dialect, scratch_, elements)) return Failure();
    std::vector<Binding> longer;
    if (elements.size() * bindings.size() > kMaxBindings) {
      return Error{.code = ErrorCode::kLimit, .message = "an array of the request is too long"};
    }
    for (const Binding& binding : bindings) {
      for (const Element& element : elements) longer.emplace_back(binding).elements.push_back(element);
    }
    bindings = std::move(longer);
  }
  const auto is_out = [&](const Binding& binding) {
    return !std::all_of(querier.filters.begin(), querier.filters.end(), [&](const Program& filter) {
      return filter.Holds({.elements = binding.elements, .request = &scopes}, scratch_);
    });
  };
  std::erase_if(bindings, is_out);
  if (scratch_.has_failed()) return Failure();
  // Functions that only had to give a row did so.
  if (!querier.needs_elements_later && !bindings.empty()) {
    bindings.resize(1);
  }
  return bindings;
}

bool LookupSession::AppendTuple(std::string& out, const std::vector<BoundQuerier::BoundKey>& keys,
                                const Binding& binding, const RequestScopes& scopes, bool allows_null) {
  bool is_first_key = true;
  for (const BoundQuerier::BoundKey& key : keys) {
    if (!is_first_key) out += ',';
    is_first_key = false;
    const std::size_t begin = out.size();
    bool is_first = true;
    for (const BoundQuerier::BoundInput& input : key.inputs) {
      std::string other;
      std::string& text = is_first ? out : other;
      if (input.slot >= 0) {
        text += binding.slots[static_cast<std::size_t>(input.slot)];
      } else {
        const row::Value value = input.value.Run({.elements = binding.elements, .request = &scopes}, scratch_);
        if (scratch_.has_failed()) return false;
        if (value.is_null() && allows_null) {
          text += "null";
        } else if (!row::AppendKey(text, value)) {
          return false;  // NULL joins nothing.
        }
      }
      if (!is_first && std::string_view(out).substr(begin) != other) return false;
      is_first = false;
    }
  }
  return true;
}

Result<const LookupSession::Rows*> LookupSession::Read(std::size_t index, std::vector<std::string> keys) {
  if (keys.size() > limits_.index_keys) return TooMany(index, "keys", limits_.index_keys);
  std::sort(keys.begin(), keys.end());
  const auto known = answers_.find({index, keys});
  if (known != answers_.end()) return &known->second;
  SKERRY_ASSIGN(outputs, indexes_.Lookup(static_cast<std::uint32_t>(index), keys, limits_.index_rows - rows_));
  rows_ += outputs.size();
  Rows rows;
  for (const std::string& output : outputs) SKERRY_TRY(AppendRows(output, rows));
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return &answers_.emplace(std::pair(index, std::move(keys)), std::move(rows)).first->second;
}

Result<std::vector<LookupSession::Binding>> LookupSession::Continue(const BoundQuerier& querier, std::size_t at,
                                                                    const RequestScopes& scopes,
                                                                    std::vector<Binding> bindings) {
  const BoundQuerier::BoundLookup& lookup = querier.lookups[at];
  // What later steps read of earlier ones; bindings that agree in that go on together.
  const auto rest_of = [&](const Binding& binding) {
    Binding rest{.slots = binding.slots, .elements = {}};
    for (std::size_t slot = 0; slot < rest.slots.size(); ++slot) {
      if (!lookup.is_needed[slot]) rest.slots[slot].clear();
    }
    if (querier.needs_elements_later) rest.elements = binding.elements;
    return rest;
  };
  // Equal leftovers share one question, so that a chain of lookups asks once per step. Elements differ by place.
  std::map<std::pair<std::vector<std::string>, std::size_t>, std::pair<Binding, std::set<std::string>>> questions;
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    std::string key = "[";
    const bool is_key = AppendTuple(key, lookup.keys, bindings[i], scopes, /*allows_null=*/false);
    if (scratch_.has_failed()) return Failure();
    if (!is_key) continue;
    Binding rest = rest_of(bindings[i]);
    const std::size_t place = rest.elements.empty() ? 0 : i;
    std::vector<std::string> slots = rest.slots;
    auto& question = questions[{std::move(slots), place}];
    question.first = std::move(rest);
    question.second.insert(key + "]");
  }
  std::set<std::pair<std::vector<std::string>, std::size_t>> seen;
  std::vector<Binding> longer;
  for (auto& [identity, question] : questions) {
    auto& [rest, keys] = question;
    SKERRY_ASSIGN(rows, Read(lookup.index, {keys.begin(), keys.end()}));
    for (const std::vector<std::string>& row : *rows) {
      Binding next = rest;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::size_t slot = static_cast<std::size_t>(lookup.first_slot) + i;
        if (slot < next.slots.size() && lookup.is_needed[slot]) next.slots[slot] = row[i];
      }
      if (!seen.emplace(next.slots, identity.second).second) continue;
      longer.push_back(std::move(next));
      if (longer.size() > kMaxBindings) return TooMany(lookup.index, "combinations", kMaxBindings);
    }
  }
  return longer;
}

Result<std::vector<std::string>> LookupSession::Tuples(const BoundQuerier& querier, const RequestScopes& scopes) {
  scratch_.Reset();
  SKERRY_ASSIGN(bindings, Begin(querier, scopes));
  for (std::size_t i = 0; i < querier.lookups.size() && !bindings.empty(); ++i) {
    SKERRY_ASSIGN(longer, Continue(querier, i, scopes, std::move(bindings)));
    bindings = std::move(longer);
  }
  std::set<std::string> tuples;
  for (const Binding& binding : bindings) {
    std::string tuple;
    const bool is_whole = AppendTuple(tuple, querier.keys, binding, scopes, querier.querier.allows_null);
    if (scratch_.has_failed()) return Failure();
    if (is_whole) tuples.insert(std::move(tuple));
    if (tuples.size() > limits_.buckets) break;  // Too many already: the caller refuses.
  }
  return std::vector<std::string>(tuples.begin(), tuples.end());
}

std::vector<IndexKey> LookupSession::TakeKeysRead() {
  std::set<std::pair<std::size_t, std::string>> distinct;
  for (const auto& [question, answer] : answers_) {
    for (const std::string& key : question.second) distinct.emplace(question.first, key);
  }
  std::vector<IndexKey> keys;
  for (const auto& [index, key] : distinct) keys.push_back({static_cast<std::uint32_t>(index), key});
  return keys;
}

}  // namespace skerry::rules
