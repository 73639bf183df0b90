#include "rules/danger.h"

namespace skerry::rules {
namespace {

// The request values that choose a key, through all lookups.
struct Sources {
  bool has_auth = false;
  const RequestExpression* client_chosen = nullptr;

  void Add(const RequestExpression& expression) {
    if (expression.scope == RequestScope::kAuth) {
      has_auth = true;
    } else if (client_chosen == nullptr) {
      client_chosen = &expression;
    }
  }
  void Add(const std::vector<KeyInput>& inputs) {
    for (const KeyInput& input : inputs) {
      for (const ValueSet& set : input.sets) {
        if (set.request) {
          Add(*set.request);
        } else {
          Add(set.lookup->keys);
        }
      }
    }
  }
};

}  // namespace

const RequestExpression* FindDangerousParameter(const Querier& querier) {
  Sources sources;
  sources.Add(querier.keys);
  // Without a key the request conditions alone decide who sees the bucket.
  if (querier.keys.empty()) {
    for (const auto& gate : querier.gates) sources.Add(gate->keys);
    for (const RequestFilter& filter : querier.filters) {
      sources.Add(filter.left);
      if (const auto* right = std::get_if<RequestExpression>(&filter.right)) sources.Add(*right);
    }
  }
  return sources.has_auth ? nullptr : sources.client_chosen;
}

}  // namespace skerry::rules
