// The body of a sync stream: a session's lines, encoded and compressed as the client asked.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "http/compressor.h"
#include "http/message.h"
#include "protocol/encode.h"
#include "stream/session.h"

namespace skerry::http {

class StreamBody final : public BodySource {
 public:
  StreamBody(std::unique_ptr<stream::Session> session, protocol::EncodeOptions encoding,
             std::unique_ptr<Compressor> compressor, LogSink& log);
  // Writes the one log line of a stream: for whom, how much, why it ended.
  ~StreamBody() override;

  Pulled Pull(std::string& out, TimePoint now) override;

 private:
  std::unique_ptr<stream::Session> session_;
  protocol::EncodeOptions encoding_;
  std::unique_ptr<Compressor> compressor_;
  LogSink& log_;
  std::size_t lines_bytes_ = 0;  // Before compression,
  std::size_t sent_bytes_ = 0;   // and after it.
  std::string end_ = "closed by the client";
};

}  // namespace skerry::http
