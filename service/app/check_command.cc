#include "app/check_command.h"

#include <cstdio>
#include <utility>

#include "app/check_contents.h"
#include "app/check_source.h"
#include "rules/explain.h"
#include "rules/request_evaluator.h"

namespace skerry::app {
namespace {

const char* WithoutDeployment(const std::string& bucket) { return bucket.c_str() + bucket.find('#') + 1; }

// "stream" or "stream={...}"
rules::Subscription ReadSubscription(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {.stream = text};
  return {.stream = text.substr(0, equals), .parameters_json = text.substr(equals + 1)};
}

}  // namespace

Status CheckPlan(const std::shared_ptr<const rules::Plan>& plan, const CheckRequest& asked, LogSink& log) {
  std::fputs(rules::Explain(*plan).c_str(), stdout);
  if (asked.source.empty()) return kDone;
  std::fflush(stdout);  // Warnings go elsewhere, and come after it.
  CheckContents contents(plan);
  SKERRY_TRY(ReadCheckedSource(asked.source, *plan, contents, log));
  std::printf("\n");
  if (asked.token.empty()) {
    for (const auto& [bucket, rows] : contents.rows())
      std::printf("%8zu rows in %s\n", rows, WithoutDeployment(bucket));
    return kDone;
  }
  rules::Request request{.token_json = asked.token, .connection_json = asked.parameters};
  for (const std::string& subscription : asked.subscriptions)
    request.subscriptions.push_back(ReadSubscription(subscription));
  SKERRY_ASSIGN(evaluator, rules::RequestEvaluator::Create(plan, 1, std::move(request)));
  SKERRY_ASSIGN(evaluation, evaluator.Evaluate(contents));
  std::size_t all = 0;
  for (const rules::VisibleBucket& bucket : evaluation.buckets) {
    const std::size_t rows = contents.RowsIn(bucket.name);
    all += rows;
    std::printf("%8zu rows in %s, priority %d\n", rows, WithoutDeployment(bucket.name), bucket.priority);
  }
  for (const bucket::StreamInfo& stream : evaluation.streams) {
    for (const bucket::StreamError& error : stream.errors) {
      std::printf("stream %s fails: %s\n", stream.name.c_str(), error.message.c_str());
    }
  }
  std::printf("%8zu rows in %zu buckets for this user\n", all, evaluation.buckets.size());
  return kDone;
}

}  // namespace skerry::app
