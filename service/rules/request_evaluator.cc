#include "rules/request_evaluator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "rules/bindings.h"

namespace skerry::rules {
namespace {

// One subscription to one stream, the default one included.
struct Instance {
  const Stream* stream = nullptr;
  bucket::Reason reason;
  bucket::Priority priority = bucket::kDefaultPriority;
  std::string parameters;  // Empty for the default subscription: every parameter is NULL.
};

using Buckets = std::map<std::string, VisibleBucket>;

// kInvalidArgument, naming `what`, if `json` is no object.
Status CheckObject(std::string_view json, std::string_view what) {
  JsonReader reader(json);
  const bool is_object = reader.Peek() == JsonKind::kObject;
  (void)reader.Skip();  // Finish() below tells whether it worked.
  Status finished = reader.Finish(what);
  if (is_object && finished.ok()) return kDone;
  return Error{.code = ErrorCode::kInvalidArgument,
               .message = finished.ok() ? std::string(what) + " must be a JSON object" : finished.error().message};
}

void AddReason(Buckets& buckets, std::string name, const Instance& instance, bucket::Priority priority) {
  const auto [at, is_new] = buckets.try_emplace(std::move(name));
  VisibleBucket& visible = at->second;
  if (is_new) {
    visible.name = at->first;
    visible.priority = priority;
  }
  visible.priority = std::min(visible.priority, priority);
  if (std::find(visible.reasons.begin(), visible.reasons.end(), instance.reason) == visible.reasons.end()) {
    visible.reasons.push_back(instance.reason);
  }
}

void AddError(std::vector<bucket::StreamInfo>& streams, const Instance& instance, const std::string& message) {
  for (bucket::StreamInfo& stream : streams) {
    if (stream.name != instance.stream->name) continue;
    const auto subscription = instance.reason.is_default ? std::nullopt : std::optional(instance.reason.index);
    const auto is_known = [&](const bucket::StreamError& known) {
      return known.subscription == subscription && known.message == message;
    };
    if (std::none_of(stream.errors.begin(), stream.errors.end(), is_known)) {
      stream.errors.push_back({subscription, message});
    }
  }
}

}  // namespace

struct RequestEvaluator::State {
  std::shared_ptr<const Plan> plan;
  std::int64_t deployment = 0;
  Request request;
  Limits limits;
  std::vector<bucket::StreamInfo> streams;
  std::vector<Instance> instances;
  std::map<const Stream*, std::vector<BoundQuerier>> queriers;  // Of the streams in use.
  bool is_dynamic = false;

  void Instantiate() {
    if (request.include_defaults) {
      for (const Stream& stream : plan->streams) {
        if (!stream.auto_subscribe) continue;
        instances.push_back({.stream = &stream,
                             .reason = {.is_default = true, .index = static_cast<std::int64_t>(streams.size())},
                             .priority = stream.priority});
        streams.push_back({.name = stream.name, .is_default = true});
      }
    }
    for (std::size_t i = 0; i < request.subscriptions.size(); ++i) {
      const Subscription& subscription = request.subscriptions[i];
      const Stream* stream = plan->FindStream(subscription.stream);
      if (stream == nullptr) continue;  // Absent from the checkpoint's streams tells the client (P-090).
      const auto is_listed = [&](const bucket::StreamInfo& info) { return info.name == stream->name; };
      if (std::none_of(streams.begin(), streams.end(), is_listed)) {
        streams.push_back({.name = stream->name, .is_default = stream->auto_subscribe});
      }
      instances.push_back({.stream = stream,
                           .reason = {.is_default = false, .index = static_cast<std::int64_t>(i)},
                           .priority = subscription.override_priority.value_or(stream->priority),
                           .parameters = subscription.parameters_json});
    }
    for (Instance& instance : instances) {
      const auto [at, is_new] = queriers.try_emplace(instance.stream);
      for (const Querier& querier : instance.stream->queriers) {
        if (is_new) at->second.emplace_back(querier, plan->options.dialect);
        is_dynamic = is_dynamic || querier.is_dynamic();
      }
    }
  }

  // Adds the buckets that one querier opens for one subscription.
  Status Evaluate(const Instance& instance, const BoundQuerier& bound, LookupSession& lookups, Buckets& buckets) const {
    const RequestScopes scopes{
        .token = request.token_json, .connection = request.connection_json, .subscription = instance.parameters};
    SKERRY_ASSIGN(keys, lookups.Tuples(bound, scopes));
    const Querier& querier = bound.querier;
    const std::string prefix =
        std::to_string(deployment) + "#" + plan->bucket_sources[querier.bucket_source].prefix + "[";
    const bucket::Priority priority = querier.priority.value_or(instance.priority);
    for (const std::string& key : keys) AddReason(buckets, prefix + key + "]", instance, priority);
    return kDone;
  }

  Error TooManyBuckets(const std::map<std::string, std::size_t>& by_stream) const {
    std::string message =
        "PSYNC_S2305: the request needs more than " + std::to_string(limits.buckets) + " buckets; by stream:";
    for (const auto& [name, count] : by_stream) message += " " + name + ": " + std::to_string(count);
    return {.code = ErrorCode::kLimit, .message = std::move(message)};
  }
};

RequestEvaluator::RequestEvaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}
RequestEvaluator::RequestEvaluator(RequestEvaluator&&) noexcept = default;
RequestEvaluator& RequestEvaluator::operator=(RequestEvaluator&&) noexcept = default;
RequestEvaluator::~RequestEvaluator() = default;

Result<RequestEvaluator> RequestEvaluator::Create(std::shared_ptr<const Plan> plan, std::int64_t deployment,
                                                  Request request, Limits limits) {
  SKERRY_TRY(CheckObject(request.token_json, "the token's payload"));
  if (request.connection_json.empty() || request.connection_json == "null") request.connection_json = "{}";
  SKERRY_TRY(CheckObject(request.connection_json, "the request's parameters"));
  for (Subscription& subscription : request.subscriptions) {
    if (subscription.parameters_json.empty() || subscription.parameters_json == "null") {
      subscription.parameters_json = "{}";
    }
    SKERRY_TRY(CheckObject(subscription.parameters_json, "the parameters of stream '" + subscription.stream + "'"));
  }
  auto state = std::make_unique<State>();
  state->plan = std::move(plan);
  state->deployment = deployment;
  state->request = std::move(request);
  state->limits = limits;
  state->Instantiate();
  return RequestEvaluator(std::move(state));
}

Result<Evaluation> RequestEvaluator::Evaluate(IndexReader& indexes) {
  LookupSession lookups(*state_->plan, indexes, state_->limits);
  Buckets buckets;
  std::map<std::string, std::size_t> by_stream;
  std::vector<bucket::StreamInfo> streams = state_->streams;
  for (const Instance& instance : state_->instances) {
    const std::size_t before = buckets.size();
    for (const BoundQuerier& querier : state_->queriers.at(instance.stream)) {
      Status done = state_->Evaluate(instance, querier, lookups, buckets);
      if (!done.ok() && done.error().code == ErrorCode::kInvalidArgument) {
        // The request's values do not fit this stream; the others still work (section 5.3).
        AddError(streams, instance, done.error().message);
        continue;
      }
      if (!done.ok()) {
        if (done.error().code != ErrorCode::kLimit) return std::move(done).error();
        return std::move(done).error().During("PSYNC_S2305: stream '" + instance.stream->name + "'");
      }
      if (buckets.size() > state_->limits.buckets) {
        by_stream[instance.stream->name] += buckets.size() - before;
        return state_->TooManyBuckets(by_stream);
      }
    }
    by_stream[instance.stream->name] += buckets.size() - before;
  }
  Evaluation evaluation{.buckets = {}, .streams = std::move(streams), .keys_read = lookups.TakeKeysRead()};
  for (auto& [name, visible] : buckets) evaluation.buckets.push_back(std::move(visible));
  return evaluation;
}

bool RequestEvaluator::is_dynamic() const { return state_->is_dynamic; }

}  // namespace skerry::rules
