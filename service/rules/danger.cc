#include "rules/danger.h"

#include <set>

namespace skerry::rules {
namespace {

// The request values that choose a key, through all lookups.
class Sources {
 public:
  explicit Sources(const Querier& querier) : querier_(querier) {}

  void Add(const Expression& expression) {
    if (expression.op == Op::kRequest && expression.scope == RequestScope::kAuth) {
      has_auth_ = true;
    } else if (expression.op == Op::kRequest) {
      if (client_chosen_ == nullptr || expression.offset < client_chosen_->offset) client_chosen_ = &expression;
    } else if (expression.op == Op::kElementKey || expression.op == Op::kElementValue) {
      Add(querier_.functions[static_cast<std::size_t>(expression.source)]);
    }
    for (const Expression& argument : expression.arguments) Add(argument);
  }
  void Add(const std::vector<KeyInput>& keys) {
    for (const KeyInput& key : keys) {
      for (const Input& input : key.inputs) input.slot >= 0 ? AddSlot(input.slot) : Add(input.value);
    }
  }
  void Add(const Lookup& lookup) {
    if (seen_.insert(&lookup).second) Add(lookup.keys);
  }

  const Expression* dangerous() const { return has_auth_ ? nullptr : client_chosen_; }

 private:
  void AddSlot(int slot) {
    const Lookup* owner = nullptr;
    for (const Lookup& lookup : querier_.lookups) {
      if (lookup.first_slot <= slot) owner = &lookup;  // One without outputs begins where the next one does.
    }
    if (owner != nullptr) Add(*owner);
  }

  const Querier& querier_;
  std::set<const Lookup*> seen_;
  bool has_auth_ = false;
  const Expression* client_chosen_ = nullptr;
};

}  // namespace

const Expression* FindDangerousParameter(const Querier& querier) {
  Sources sources(querier);
  sources.Add(querier.keys);
  // Without a key the request conditions alone decide who sees the bucket.
  if (querier.keys.empty()) {
    for (const Lookup& lookup : querier.lookups) sources.Add(lookup.keys);
    for (const Expression& filter : querier.filters) sources.Add(filter);
    for (const Expression& function : querier.functions) sources.Add(function);
  }
  return sources.dangerous();
}

}  // namespace skerry::rules
