// The body of a sync stream: a session's lines, encoded and compressed as the client asked.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "http/compressor.h"
#include "http/message.h"
#include "http/metrics.h"
#include "protocol/encode.h"
#include "stream/session.h"

namespace skerry::http {

class StreamBody final : public BodySource {
 public:
  StreamBody(std::unique_ptr<stream::Session> session, protocol::EncodeOptions encoding,
             std::unique_ptr<Compressor> compressor, Metrics& metrics, LogSink& log);
  // Writes the log line of a stream's end: for whom, how much, how long, why.
  ~StreamBody() override;

  Pulled Pull(std::string& out, TimePoint now) override;

 private:
  std::unique_ptr<stream::Session> session_;
  protocol::EncodeOptions encoding_;
  std::unique_ptr<Compressor> compressor_;
  Metrics& metrics_;
  LogSink& log_;
  TimePoint opened_;
  std::int64_t counted_operations_ = 0;
  std::size_t sent_bytes_ = 0;
  std::string end_ = "closed by the client";
};

}  // namespace skerry::http
