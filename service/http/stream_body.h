// The body of a sync stream: a session's lines, encoded and compressed as the client asked.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/compressor.h"
#include "http/message.h"
#include "http/metrics.h"
#include "http/stream_log.h"
#include "protocol/encode.h"
#include "stream/session.h"

namespace skerry::http {

class StreamBody final : public BodySource {
 public:
  StreamBody(std::unique_ptr<stream::Session> session, protocol::EncodeOptions encoding,
             std::unique_ptr<Compressor> compressor, Metrics& metrics, StreamLog log);
  ~StreamBody() override;

  Pulled Pull(std::string& out, TimePoint now) override;

 private:
  StreamTotals Totals() const;

  std::unique_ptr<stream::Session> session_;
  protocol::EncodeOptions encoding_;
  std::unique_ptr<Compressor> compressor_;
  Metrics& metrics_;
  StreamLog log_;
  std::int64_t counted_operations_ = 0;
  std::size_t sent_bytes_ = 0;
  std::string end_ = "closed by the client";
};

}  // namespace skerry::http
