// What a client must show after a list of sync lines, worked out without the code under test: lines come as nlohmann
// JSON, a bucket is a map of its PUTs, and a published row is the newest PUT of all buckets (docs/protocol.md, P-060,
// P-061).
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace skerry::test {

class ReferenceClient {
 public:
  using Json = nlohmann::json;
  struct Bucket {
    std::map<std::tuple<std::string, std::string, std::string>, std::pair<std::int64_t, std::string>> puts;
    std::uint32_t checksum = 0;
    std::int64_t position = 0;
  };

  void Apply(const Json& line);

  // Published rows: (type, id) -> the row's JSON text.
  const std::map<std::pair<std::string, std::string>, std::string>& rows() const { return rows_; }
  const std::map<std::string, Bucket>& buckets() const { return buckets_; }
  // Buckets of the checkpoint whose sum differs; checked at each completion.
  const std::vector<std::string>& mismatches() const { return mismatches_; }
  bool is_complete() const { return complete_; }
  bool token_expired() const { return token_expired_; }

 private:
  void ApplyOperation(Bucket& bucket, const Json& operation);
  void Publish();

  std::map<std::string, Bucket> buckets_;
  std::map<std::string, std::uint32_t> checkpoint_;
  std::int64_t last_op_id_ = 0;
  std::map<std::pair<std::string, std::string>, std::string> rows_;
  std::vector<std::string> mismatches_;
  bool complete_ = false;
  bool token_expired_ = false;
};

}  // namespace skerry::test
