#include "http/stream_body.h"

#include <utility>

namespace skerry::http {
namespace {

// Small lines travel together; a data line of a MiB travels alone.
constexpr std::size_t kPieceBytes = 64 * 1024;

}  // namespace

StreamBody::StreamBody(std::unique_ptr<stream::Session> session, protocol::EncodeOptions encoding,
                       std::unique_ptr<Compressor> compressor, LogSink& log)
    : session_(std::move(session)), encoding_(encoding), compressor_(std::move(compressor)), log_(log) {}

StreamBody::~StreamBody() {
  const stream::Session::Counters& counters = session_->counters();
  log_.Log(LogLevel::kInfo, "stream of " + session_->user_key() + " " + end_ + ": " +
                                std::to_string(counters.checkpoints) + " checkpoints, " +
                                std::to_string(counters.operations) + " operations, " + std::to_string(bytes_) +
                                " bytes");
}

BodySource::Pulled StreamBody::Pull(std::string& out, TimePoint now) {
  lines_.clear();
  Pulled pulled{State::kMore};
  while (pulled.state == State::kMore && lines_.size() < kPieceBytes) {
    auto step = session_->Next(now);
    if (!step.ok()) {
      end_ = "failed (" + step.error().message + ")";
      return {State::kAbort};
    }
    if (const auto* line = std::get_if<protocol::Line>(&*step)) {
      protocol::AppendLine(lines_, *line, encoding_);
    } else if (const auto* waiting = std::get_if<stream::Waiting>(&*step)) {
      pulled = {State::kWait, waiting->until};
    } else {
      end_ = "ended";
      pulled = {State::kEnd};
    }
  }
  const std::size_t before = out.size();
  if (compressor_ == nullptr) {
    out += lines_;
  } else {
    if (!lines_.empty()) compressor_->Write(lines_, out);
    if (pulled.state == State::kEnd) compressor_->Finish(out);
  }
  bytes_ += out.size() - before;
  // Most streams wait most of the time: a buffer that data made grow is given back.
  if (pulled.state == State::kWait && lines_.capacity() > kPieceBytes) std::string().swap(lines_);
  return pulled;
}

}  // namespace skerry::http
