#include "ingest/activity_report.h"

namespace skerry::ingest {
namespace {

constexpr std::chrono::minutes kEvery{1};

}  // namespace

std::string Activity::InWords() const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(during).count();
  return "replicated " + std::to_string(since_last.rows) + " rows, " + std::to_string(since_last.bytes) +
         " bytes, in " + std::to_string(since_last.transactions) + " transactions and " +
         std::to_string(since_last.publications) + " checkpoints within " + std::to_string(seconds) + " s";
}

std::optional<Activity> ActivityReport::Take(const Ingester::Counters& counters, std::chrono::milliseconds now) {
  if (now - told_at_ < kEvery) return std::nullopt;
  Activity activity{.since_last = {.rows = counters.rows - told_.rows,
                                   .bytes = counters.bytes - told_.bytes,
                                   .transactions = counters.transactions - told_.transactions,
                                   .chunks = counters.chunks - told_.chunks,
                                   .publications = counters.publications - told_.publications},
                    .during = now - told_at_};
  told_ = counters;
  told_at_ = now;
  if (activity.since_last.rows == 0) return std::nullopt;
  return activity;
}

}  // namespace skerry::ingest
