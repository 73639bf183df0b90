#include "http/stream_log.h"

#include <utility>

#include "stream/identity.h"

namespace skerry::http {
namespace {

constexpr std::size_t kLongestName = 100;

std::int64_t Milliseconds(TimePoint from, TimePoint to) { return (to.monotonic - from.monotonic).count(); }

}  // namespace

std::string Shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

StreamLog::StreamLog(const StreamOwner& owner, EventLog& log, TimePoint now)
    : owner_{Shortened(owner.user_id, kLongestName), Shortened(owner.client_id, kLongestName),
             Shortened(owner.user_agent, kLongestName)},
      named_("stream of " + stream::UserKey(owner_.user_id, owner_.client_id)),
      log_(log),
      opened_(now),
      started_(now) {}

void StreamLog::Opened() const {
  const EventField fields[] = {
      {"user_id", owner_.user_id}, {"client_id", owner_.client_id}, {"user_agent", owner_.user_agent}};
  log_.Event(LogLevel::kInfo, "stream_opened", named_ + " opened", fields);
}

void StreamLog::Checkpoint(OpId op, std::size_t buckets, std::size_t removed, const StreamTotals& totals,
                           TimePoint now) {
  started_ = now;
  before_ = totals;
  const EventField fields[] = {{"user_id", owner_.user_id},
                               {"client_id", owner_.client_id},
                               {"checkpoint", Raw(op)},
                               {"buckets", static_cast<std::int64_t>(buckets)},
                               {"removed_buckets", static_cast<std::int64_t>(removed)}};
  log_.Event(LogLevel::kDebug, "stream_checkpoint",
             named_ + " gets checkpoint " + std::to_string(Raw(op)) + ": " + std::to_string(buckets) + " buckets, " +
                 std::to_string(removed) + " gone",
             fields);
}

void StreamLog::Sent(const protocol::Line& line, const StreamTotals& totals, TimePoint now) {
  if (!log_.Wants(LogLevel::kDebug)) return;
  if (const auto* first = std::get_if<bucket::Checkpoint>(&line)) {
    Checkpoint(first->last_op_id, first->buckets.size(), 0, totals, now);
  } else if (const auto* diff = std::get_if<bucket::CheckpointDiff>(&line)) {
    Checkpoint(diff->last_op_id, diff->updated_buckets.size(), diff->removed_buckets.size(), totals, now);
  } else if (const auto* complete = std::get_if<protocol::CheckpointComplete>(&line)) {
    const std::int64_t operations = totals.operations - before_.operations;
    const std::int64_t ms = Milliseconds(started_, now);
    const EventField fields[] = {
        {"user_id", owner_.user_id}, {"client_id", owner_.client_id},         {"checkpoint", Raw(complete->last_op_id)},
        {"operations", operations},  {"bytes", totals.bytes - before_.bytes}, {"ms", ms}};
    log_.Event(LogLevel::kDebug, "stream_checkpoint_complete",
               named_ + " has checkpoint " + std::to_string(Raw(complete->last_op_id)) + ": " +
                   std::to_string(operations) + " operations, " + std::to_string(ms) + " ms",
               fields);
  }
}

void StreamLog::Ended(std::string_view how, const StreamTotals& totals, TimePoint now) const {
  const std::int64_t ms = Milliseconds(opened_, now);
  const EventField fields[] = {{"user_id", owner_.user_id},
                               {"client_id", owner_.client_id},
                               {"reason", how},
                               {"checkpoints", totals.checkpoints},
                               {"operations", totals.operations},
                               {"bytes", totals.bytes},
                               {"ms", ms}};
  log_.Event(LogLevel::kInfo, "stream_ended",
             named_ + " " + std::string(how) + ": " + std::to_string(totals.checkpoints) + " checkpoints, " +
                 std::to_string(totals.operations) + " operations, " + std::to_string(totals.bytes) + " bytes, " +
                 std::to_string(ms) + " ms",
             fields);
}

}  // namespace skerry::http
