// A config, the rows it was given and the requests it answers: the notation of the worked examples in sync-streams.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/literal.h"
#include "rules/request_evaluator.h"
#include "rules/row_evaluator.h"

namespace skerry::test {

// A cell of a row as an example writes it.
struct Cell {
  std::string column;
  rules::Literal value;
};
inline rules::Literal Null() { return {}; }
inline rules::Literal Int(std::int64_t value) { return {.type = row::Type::kInteger, .integer = value}; }
inline rules::Literal Real(double value) { return {.type = row::Type::kReal, .real = value}; }
inline rules::Literal Text(std::string value) { return {.type = row::Type::kText, .text = std::move(value)}; }
inline rules::Literal Blob(std::string value) { return {.type = row::Type::kBlob, .text = std::move(value)}; }

struct Sub {
  std::string stream;
  std::string parameters = "{}";
  std::optional<bucket::Priority> priority;
};

class World final : public rules::IndexReader {
 public:
  // `streams` is the text under "streams:", indented by two spaces.
  explicit World(const std::string& streams);
  // A file of its own.
  static World File(const std::string& yaml) { return World(rules::Compile(yaml)); }

  const rules::Compiled& compiled() const { return compiled_; }
  std::string Problems() const;  // One diagnostic per line, as Format gives them.

  // The memberships as "stream|0[\"u1\"] boats/b1 {...}" and the index entries as "L0 [\"u1\"] -> [[\"b1\"]]".
  std::vector<std::string> Row(const std::string& table, const std::vector<Cell>& cells);
  // The row as JSON: integers, reals, text, null, and blobs as "x'01ff'". `table` may have a schema. Sorted.
  std::vector<std::string> Row(const std::string& table, const std::string& json);
  // Why the last row could not be evaluated.
  const std::vector<std::string>& failures() const { return failures_; }

  // Bucket names without the deployment prefix, each with " prio 1" if the priority is not 3.
  std::vector<std::string> Request(const std::string& token, const std::vector<Sub>& subs = {},
                                   bool include_defaults = true, const std::string& connection = "{}");
  // The whole answer to the last request, or why there was none.
  const rules::Evaluation& evaluation() const { return evaluation_; }
  const std::string& error() const { return error_; }
  bool is_dynamic() const { return is_dynamic_; }
  // Of all streams in the last answer.
  std::vector<std::string> StreamErrors() const;

  rules::Limits limits;

  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override;

 private:
  explicit World(rules::Compiled compiled) : compiled_(std::move(compiled)) {}

  rules::Compiled compiled_;
  std::multimap<std::pair<std::uint32_t, std::string>, std::string> index_;
  rules::Evaluation evaluation_;
  std::vector<std::string> failures_;
  std::string error_;
  bool is_dynamic_ = false;
};

// "stream|0[] t/1 {...}" without the data.
std::vector<std::string> Names(std::vector<std::string> lines);

}  // namespace skerry::test
