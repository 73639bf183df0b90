// A config, the rows it was given and the requests it answers: the notation of the worked examples in sync-streams.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

  const rules::Compiled& compiled() const { return compiled_; }
  std::string Problems() const;  // One diagnostic per line, as Format gives them.

  // The memberships as "stream|0[\"u1\"] boats/b1 {...}" and the index entries as "L0 [\"u1\"] -> [[\"b1\"]]".
  std::vector<std::string> Row(const std::string& table, const std::vector<Cell>& cells);

  // Bucket names without the deployment prefix, each with " prio 1" if the priority is not 3.
  std::vector<std::string> Request(const std::string& token, const std::vector<Sub>& subs = {},
                                   bool include_defaults = true, const std::string& connection = "{}");
  // The whole answer to the last request, or why there was none.
  const rules::Evaluation& evaluation() const { return evaluation_; }
  const std::string& error() const { return error_; }
  bool is_dynamic() const { return is_dynamic_; }

  rules::Limits limits;

  Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                          std::size_t limit) override;

 private:
  rules::Compiled compiled_;
  std::multimap<std::pair<std::uint32_t, std::string>, std::string> index_;
  rules::Evaluation evaluation_;
  std::string error_;
  bool is_dynamic_ = false;
};

}  // namespace skerry::test
