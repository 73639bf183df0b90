// A request → the buckets it may see, at one checkpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bucket/checkpoint.h"
#include "rules/plan.h"

namespace skerry::rules {

struct Subscription {
  std::string stream;
  std::string parameters_json = "{}";  // An object; null counts as empty.
  std::optional<bucket::Priority> override_priority;
};

struct Request {
  std::string token_json;              // The verified payload of the token.
  std::string connection_json = "{}";  // `parameters` of the sync request.
  bool include_defaults = true;
  std::vector<Subscription> subscriptions;
};

// Reads the parameter index at the checkpoint being evaluated; storage::Snapshot::Lookup does the work.
class IndexReader {
 public:
  virtual ~IndexReader() = default;
  // The output tuples under `keys`, each row's as a JSON array of tuples. kLimit if there are more than `limit` rows.
  virtual Result<std::vector<std::string>> Lookup(std::uint32_t index, std::span<const std::string> keys,
                                                  std::size_t limit) = 0;
};

struct Limits {
  std::size_t buckets = 1000;
  std::size_t index_rows = 1000;  // Over all lookups of one evaluation.
  std::size_t index_keys = 1000;  // Per lookup.
};

// "Index `index` was asked for `key`."
struct IndexKey {
  std::uint32_t index = 0;
  std::string key;
  friend bool operator==(const IndexKey&, const IndexKey&) = default;
};

struct VisibleBucket {
  std::string name;
  bucket::Priority priority = bucket::kDefaultPriority;  // The minimum over the reasons.
  std::vector<bucket::Reason> reasons;
};

struct Evaluation {
  std::vector<VisibleBucket> buckets;  // Sorted by name, each once.
  std::vector<bucket::StreamInfo>
      streams;  // Default streams, then those subscribed to by name; the order that reasons count in.
  // What was read: evaluating again gives the same buckets until one of these changes (S11). Empty: never changes.
  std::vector<IndexKey> keys_read;
};

// Evaluates one request at one checkpoint after another. Keeps the plan alive.
class RequestEvaluator {
 public:
  // kInvalidArgument if one of the request's texts is not a JSON object.
  static Result<RequestEvaluator> Create(std::shared_ptr<const Plan> plan, std::int64_t deployment, Request request,
                                         Limits limits = {});
  RequestEvaluator(RequestEvaluator&&) noexcept;
  RequestEvaluator& operator=(RequestEvaluator&&) noexcept;
  ~RequestEvaluator();

  // kLimit (PSYNC_S2305) with a breakdown by stream if a limit is exceeded.
  Result<Evaluation> Evaluate(IndexReader& indexes);
  // False: no stream of the request reads an index, so one evaluation is enough.
  bool is_dynamic() const;

 private:
  struct State;
  explicit RequestEvaluator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace skerry::rules
