// The port that answers with metrics, on a thread of its own: a busy service can still be watched.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/log.h"
#include "http/metrics.h"
#include "http/server.h"

namespace skerry::app {

class MetricsServer {
 public:
  // Serves from the return on. Borrows everything.
  static Result<std::unique_ptr<MetricsServer>> Start(const http::ServerOptions& options, http::Metrics& metrics,
                                                      std::string storage_path, LogSink& log);
  ~MetricsServer();

  std::uint16_t port() const { return server_->port(); }

 private:
  // Looks at the storage only when somebody asks: its size each time, what it consists of seldom if that takes long.
  class Api final : public http::Handler {
   public:
    Api(http::Metrics& metrics, std::string storage_path, LogSink& log)
        : metrics_(metrics), path_(std::move(storage_path)), log_(log) {}
    void Handle(http::Request request, Respond respond) override;
    std::size_t BodyLimit(std::string_view target) const override { return api_.BodyLimit(target); }

   private:
    void Measure();

    http::Metrics& metrics_;
    std::string path_;
    LogSink& log_;
    std::chrono::steady_clock::time_point measure_at_{};
    http::MetricsApi api_{metrics_};
  };

  MetricsServer(http::Metrics& metrics, std::string storage_path, LogSink& log)
      : api_(metrics, std::move(storage_path), log) {}

  Api api_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

}  // namespace skerry::app
