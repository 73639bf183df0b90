#include "http/stream_body.h"

#include <utility>

#include "http/server.h"

namespace skerry::http {
namespace {

// Small lines travel together; a larger one travels alone, and as it is if nobody asked for compression.
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::size_t kCopiedBytes = 16 * 1024;

}  // namespace

StreamBody::StreamBody(std::unique_ptr<stream::Session> session, protocol::EncodeOptions encoding,
                       std::unique_ptr<Compressor> compressor, Metrics& metrics, StreamLog log)
    : session_(std::move(session)),
      encoding_(encoding),
      compressor_(std::move(compressor)),
      metrics_(metrics),
      log_(std::move(log)) {
  ++metrics_.concurrent_connections;
  log_.Opened();
}

StreamBody::~StreamBody() {
  --metrics_.concurrent_connections;
  log_.Ended(end_, Totals(), SystemNow());
}

StreamTotals StreamBody::Totals() const {
  const stream::Session::Counters& counters = session_->counters();
  return {counters.checkpoints, counters.operations, static_cast<std::int64_t>(sent_bytes_)};
}

BodySource::Pulled StreamBody::Pull(std::string& out, TimePoint now) {
  std::string lines;
  Pulled pulled{State::kMore};
  while (pulled.state == State::kMore && pulled.shared == nullptr && lines.size() < kPieceBytes) {
    auto step = session_->Next(now);
    if (!step.ok()) {
      end_ = "failed (" + step.error().message + ")";
      return {State::kAbort};
    }
    if (const auto* line = std::get_if<protocol::Line>(&*step)) {
      protocol::AppendLine(lines, *line, encoding_);
      log_.Sent(*line, Totals(), now);
    } else if (const auto* data = std::get_if<std::shared_ptr<const stream::SharedLine>>(&*step)) {
      if ((*data)->text.size() <= kCopiedBytes)
        lines += (*data)->text;
      else
        pulled.shared = {*data, &(*data)->text};
    } else if (const auto* waiting = std::get_if<stream::Waiting>(&*step)) {
      pulled = {State::kWait, waiting->until};
    } else {
      end_ = "ended";
      pulled = {State::kEnd};
    }
  }
  metrics_.data_synced_bytes +=
      static_cast<std::int64_t>(lines.size() + (pulled.shared != nullptr ? pulled.shared->size() : 0));
  const std::int64_t operations = session_->counters().operations;
  metrics_.operations_synced += operations - std::exchange(counted_operations_, operations);
  const std::size_t before = out.size();
  if (compressor_ == nullptr) {
    out += lines;
  } else {
    if (!lines.empty()) compressor_->Write(lines, out);
    if (pulled.shared != nullptr) compressor_->Write(*std::exchange(pulled.shared, nullptr), out);
    if (pulled.state == State::kEnd) compressor_->Finish(out);
  }
  const std::size_t sent = out.size() - before + (pulled.shared != nullptr ? pulled.shared->size() : 0);
  sent_bytes_ += sent;
  metrics_.data_sent_bytes += static_cast<std::int64_t>(sent);
  return pulled;
}

}  // namespace skerry::http
