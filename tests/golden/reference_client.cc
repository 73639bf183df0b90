#include "golden/reference_client.h"

namespace skerry::test {
namespace {

using Json = nlohmann::json;

std::uint32_t Sum(const Json& number) {
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(number.get<double>()));
}
std::int64_t Id(const Json& text) { return std::stoll(text.get<std::string>()); }

}  // namespace

void ReferenceClient::Apply(const Json& line) {
  if (line.contains("checkpoint")) {
    checkpoint_.clear();
    for (const Json& bucket : line["checkpoint"]["buckets"]) checkpoint_[bucket["bucket"]] = Sum(bucket["checksum"]);
    last_op_id_ = Id(line["checkpoint"]["last_op_id"]);
    std::erase_if(buckets_, [this](const auto& entry) { return checkpoint_.count(entry.first) == 0; });
  } else if (line.contains("checkpoint_diff")) {
    const Json& diff = line["checkpoint_diff"];
    for (const Json& name : diff["removed_buckets"]) {
      checkpoint_.erase(name.get<std::string>());
      buckets_.erase(name.get<std::string>());
    }
    for (const Json& bucket : diff["updated_buckets"]) checkpoint_[bucket["bucket"]] = Sum(bucket["checksum"]);
    last_op_id_ = Id(diff["last_op_id"]);
  } else if (line.contains("data")) {
    Bucket& bucket = buckets_[line["data"]["bucket"]];
    for (const Json& operation : line["data"]["data"]) ApplyOperation(bucket, operation);
  } else if (line.contains("checkpoint_complete")) {
    Publish();
  } else if (line.contains("token_expires_in")) {
    token_expired_ = line["token_expires_in"].get<double>() <= 0;
  }
}

void ReferenceClient::ApplyOperation(Bucket& bucket, const Json& operation) {
  const std::string op = operation["op"];
  const std::uint32_t checksum = Sum(operation["checksum"]);
  bucket.position = Id(operation["op_id"]);
  if (op == "CLEAR") {
    bucket.puts.clear();
    bucket.checksum = checksum;
    return;
  }
  bucket.checksum += checksum;
  if (op == "MOVE") return;
  const auto text = [&operation](const char* name) {
    return operation.contains(name) && operation[name].is_string() ? operation[name].get<std::string>()
                                                                   : std::string("null");
  };
  const std::tuple key{text("object_type"), text("object_id"), text("subkey")};
  if (op == "PUT")
    bucket.puts[key] = {bucket.position, text("data")};
  else
    bucket.puts.erase(key);
}

void ReferenceClient::Publish() {
  complete_ = true;
  for (const auto& [name, checksum] : checkpoint_) {
    const auto found = buckets_.find(name);
    if ((found == buckets_.end() ? 0 : found->second.checksum) != checksum) mismatches_.push_back(name);
    if (found != buckets_.end()) found->second.position = last_op_id_;
  }
  std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::string>> newest;
  for (const auto& [name, bucket] : buckets_) {
    for (const auto& [key, put] : bucket.puts) {
      auto& best = newest[{std::get<0>(key), std::get<1>(key)}];
      if (put.first > best.first) best = put;
    }
  }
  rows_.clear();
  for (auto& [row, put] : newest) rows_[row] = put.second;
}

}  // namespace skerry::test
