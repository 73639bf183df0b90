#include "rules/variant_builder.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "rules/canonical.h"

namespace skerry::rules {
namespace {

bool Contains(const std::vector<int>& items, int item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// `a op b` as seen from b.
std::optional<Op> Mirrored(Op op) {
  switch (op) {
    case Op::kEqual:
    case Op::kNotEqual:
      return op;
    case Op::kLess:
      return Op::kGreater;
    case Op::kLessEqual:
      return Op::kGreaterEqual;
    case Op::kGreater:
      return Op::kLess;
    case Op::kGreaterEqual:
      return Op::kLessEqual;
    default:
      return std::nullopt;
  }
}

void SortByText(std::vector<Expression>& expressions) {
  std::sort(expressions.begin(), expressions.end(),
            [](const Expression& a, const Expression& b) { return Canonical(a) < Canonical(b); });
}

}  // namespace

Expression VariantBuilder::Local(const Expression& expression) const {
  Expression local = expression;
  if (local.op == Op::kElementKey || local.op == Op::kElementValue) {
    local.source = ordinals_.at(local.source);
  } else {
    local.source = -1;
  }
  for (Expression& argument : local.arguments) argument = Local(argument);
  // `1 = a` is `a = 1`: which side stands first is no part of a plan.
  const std::optional<Op> mirrored = Mirrored(local.op);
  if (mirrored && Canonical(local.arguments[1]) < Canonical(local.arguments[0])) {
    local.op = *mirrored;
    std::swap(local.arguments[0], local.arguments[1]);
  }
  return local;
}

bool VariantBuilder::Take(const Variant& variant) {
  for (const int instance : variant.instances) {
    switch (resolver_.instances().at(instance).kind) {
      case Instance::Kind::kTable:
        tables_.push_back(instance);
        break;
      case Instance::Kind::kRowFunction:
        row_functions_.push_back(instance);
        break;
      case Instance::Kind::kRequestFunction:
        request_functions_.push_back(instance);
        break;
    }
  }
  // Functions stand in a plan in the order of what they expand, whatever they were called.
  const auto number = [&](std::vector<int>& functions) {
    const auto argument = [&](int function) { return Canonical(Local(resolver_.instances().at(function).argument)); };
    std::stable_sort(functions.begin(), functions.end(), [&](int a, int b) { return argument(a) < argument(b); });
    std::map<int, int> next;  // By the table that the function belongs to.
    for (const int function : functions) {
      ordinals_[function] = next[resolver_.instances().at(function).table]++;
    }
  };
  number(row_functions_);
  number(request_functions_);
  for (const Expression& term : variant.terms) {
    if (!TakeTerm(term)) return false;
  }
  return CheckFunctions();
}

bool VariantBuilder::TakeTerm(const Expression& term) {
  const Sides sides = resolver_.SidesOf(term);
  if (sides.is_one_table()) {
    row_filters_[*sides.tables.begin()].push_back(term);
    return true;
  }
  if (sides.tables.empty() && !sides.has_bucket) {
    request_filters_.push_back(term);
    return true;
  }
  return TakeMatch(term);
}

bool VariantBuilder::Relates(const Expression& term, std::string_view what) {
  return resolver_.Fail(
      "SS030", term.offset,
      "this relates " + std::string(what) + "; that is possible only as an equality with one of them on each side");
}

bool VariantBuilder::TakeMatch(const Expression& term) {
  const Sides all = resolver_.SidesOf(term);
  const std::string_view what = all.tables.size() > 1 ? "several tables" : "a table and the request";
  if (term.op != Op::kEqual) return Relates(term, what);
  Match match{.value = term.arguments[0], .other_value = term.arguments[1], .offset = term.offset};
  Sides left = resolver_.SidesOf(match.value);
  Sides right = resolver_.SidesOf(match.other_value);
  if (left.tables.empty()) {
    std::swap(left, right);
    std::swap(match.value, match.other_value);
  }
  if (!left.is_one_table() || right.tables.size() > 1 || (!right.tables.empty() && right.is_outside())) {
    return Relates(term, what);
  }
  match.table = *left.tables.begin();
  if (right.has_bucket) {
    if (match.other_value.op != Op::kBucketParameter) return Relates(term, "a table and a bucket parameter");
    bucket_matches_.emplace_back(match.other_value.name, match.value);
    return true;
  }
  if (!right.tables.empty()) match.other = *right.tables.begin();
  matches_.push_back(std::move(match));
  return true;
}

// A function over request data feeds one table.
bool VariantBuilder::CheckFunctions() {
  std::map<int, int> fed;
  for (const Match& match : matches_) {
    if (match.other != kRequestSide) continue;
    for (const int function : resolver_.SidesOf(match.other_value).functions) {
      const auto [at, is_new] = fed.try_emplace(function, match.table);
      if (is_new || at->second == match.table) continue;
      return resolver_.Fail("SS031", match.offset,
                            "a table function over request data can be compared with columns of one table only");
    }
  }
  return true;
}

bool VariantBuilder::Connect(int primary) {
  const LookupOrder order = OrderLookups(tables_, matches_, resolver_.instances().all().size(), primary);
  if (order.unconnected && primary >= 0) {
    return resolver_.Fail("SS032", *order.unconnected,
                          "this relates two tables that neither the request nor the selected table is connected with");
  }
  for (const int table : order.tables) AddLookup(table, primary);
  return true;
}

int VariantBuilder::SlotFor(int table, const Expression& value) const {
  return slots_.at({table, Canonical(Local(value))});
}

void VariantBuilder::Group(int table, const std::vector<int>& known, std::vector<Expression>& keys,
                           std::vector<KeyInput>& inputs) const {
  std::map<std::string, std::pair<Expression, KeyInput>> grouped;
  const auto add = [&](const Expression& value, Input input) {
    const Expression key = Local(value);
    auto& [expression, key_input] = grouped.try_emplace(Canonical(key), key, KeyInput{}).first->second;
    const std::string text = Canonical(input);
    for (const Input& other : key_input.inputs) {
      if (Canonical(other) == text) return;
    }
    key_input.inputs.push_back(std::move(input));
  };
  for (const Match& match : matches_) {
    if (match.table == table && match.other == kRequestSide) {
      add(match.value, {.value = Local(match.other_value)});
    } else if (match.table == table && Contains(known, match.other)) {
      add(match.value, {.slot = SlotFor(match.other, match.other_value)});
    } else if (match.other == table && Contains(known, match.table)) {
      add(match.other_value, {.slot = SlotFor(match.table, match.value)});
    }
  }
  for (auto& [text, entry] : grouped) {
    keys.push_back(std::move(entry.first));
    inputs.push_back(std::move(entry.second));
  }
}

void VariantBuilder::AddLookup(int table, int primary) {
  IndexSource index{.rows = RowsOf(table)};
  Lookup lookup;
  Group(table, done_, index.keys, lookup.keys);
  lookup.first_slot = slot_count_;
  // What the tables read later, the primary one and legacy parameters need of this one.
  const auto want = [&](const Expression& value) {
    const Expression output = Local(value);
    const auto [at, is_new] = slots_.try_emplace({table, Canonical(output)}, slot_count_);
    if (!is_new) return;
    ++slot_count_;
    index.outputs.push_back(output);
  };
  for (const Match& match : matches_) {
    if (match.other == kRequestSide) continue;
    if (match.table == table && !Contains(done_, match.other)) want(match.value);
    if (match.other == table && !Contains(done_, match.table)) want(match.other_value);
  }
  if (primary < 0) {
    for (const Expression& value : wanted_) {
      if (resolver_.SidesOf(value).tables.count(table) != 0) want(value);
    }
  }
  lookup.index = indexes_.Add(std::move(index));
  lookups_.push_back(std::move(lookup));
  done_.push_back(table);
}

RowSource VariantBuilder::RowsOf(int table) {
  RowSource rows{.table = resolver_.instances().at(table).pattern};
  for (const int function : row_functions_) {
    const Instance& instance = resolver_.instances().at(function);
    if (instance.table == table) rows.functions.push_back(Local(instance.argument));
  }
  for (const Expression& filter : row_filters_[table]) rows.filters.push_back(Local(filter));
  SortByText(rows.filters);
  return rows;
}

void VariantBuilder::KeysOf(int table, std::vector<Expression>& keys, std::vector<KeyInput>& inputs) {
  Group(table, done_, keys, inputs);
}

Input VariantBuilder::WantedInput(const Expression& value) const {
  const Sides sides = resolver_.SidesOf(value);
  if (sides.tables.empty()) return {.value = Local(value)};
  return {.slot = SlotFor(*sides.tables.begin(), value)};
}

void VariantBuilder::Finish(Querier& querier) {
  for (const int function : request_functions_) {
    querier.functions.push_back(Local(resolver_.instances().at(function).argument));
  }
  for (const Expression& filter : request_filters_) querier.filters.push_back(Local(filter));
  SortByText(querier.filters);
  querier.lookups = lookups_;
  querier.slots = slot_count_;
}

}  // namespace skerry::rules
