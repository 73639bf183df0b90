#include "rules/canonical.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/json.h"

namespace skerry::rules {
namespace {

std::string Quote(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string Canonical(const Literal& literal) {
  std::string out;
  if (!row::AppendJson(out, literal.view())) return "x" + Quote(literal.text);
  return out;
}

std::string Canonical(Comparison op) { return std::to_string(static_cast<int>(op)); }

std::string Canonical(const RowFilter& filter) {
  std::string out = "f(" + Quote(filter.column) + " " + Canonical(filter.op);
  if (const auto* column = std::get_if<std::string>(&filter.right)) {
    out += " c" + Quote(*column);
  } else {
    out += " " + Canonical(*std::get_if<Literal>(&filter.right));
  }
  return out + ")";
}

std::string Canonical(const ValueSet& set) {
  return set.request ? rules::Canonical(*set.request) : rules::Canonical(*set.lookup);
}

// Conditions all hold or not, whatever their order.
template <typename Items>
std::string Sorted(const Items& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(Canonical(item));
  std::sort(texts.begin(), texts.end());
  std::string out = "{";
  for (const std::string& text : texts) out += text;
  return out + "}";
}

std::string Names(std::span<const std::string> names) {
  std::string out = "[";
  for (const std::string& name : names) out += Quote(name);
  return out + "]";
}

std::string Inputs(std::span<const KeyInput> inputs) {
  std::string out = "[";
  for (const KeyInput& input : inputs) out += rules::Canonical(input);
  return out + "]";
}

}  // namespace

std::string Canonical(const DataSource& source) {
  std::string out = "data(" + Quote(source.table) + " as " + Quote(source.output_table) + " " + Sorted(source.filters) +
                    " by " + Names(source.keys) + " gives [";
  for (const OutputColumn& column : source.outputs) {
    out += column.star ? "*" : "(" + Quote(column.column) + " " + Quote(column.name) + ")";
  }
  return out + "])";
}

std::string Canonical(const IndexSource& source) {
  return "index(" + Quote(source.table) + " " + Sorted(source.filters) + " by " + Names(source.keys) + " gives " +
         Names(source.outputs) + ")";
}

std::string Canonical(const RequestExpression& expression) {
  return "r" + std::to_string(static_cast<int>(expression.scope)) + Names(expression.path);
}

std::string Canonical(const RequestFilter& filter) {
  std::string out = "q(" + Canonical(filter.left) + " " + Canonical(filter.op) + " ";
  if (const auto* request = std::get_if<RequestExpression>(&filter.right)) {
    out += Canonical(*request);
  } else {
    out += Canonical(*std::get_if<Literal>(&filter.right));
  }
  return out + ")";
}

std::string Canonical(const Lookup& lookup) { return "l" + std::to_string(lookup.index) + Inputs(lookup.keys); }

std::string Canonical(const KeyInput& input) { return Sorted(input.sets); }

std::string CanonicalInputs(const Querier& querier) {
  std::vector<std::string> gates;
  for (const auto& gate : querier.gates) gates.push_back(Canonical(*gate));
  std::sort(gates.begin(), gates.end());
  return Sorted(querier.filters) + Names(gates) + Inputs(querier.keys);
}

}  // namespace skerry::rules
