#include "app/metrics_server.h"

#include <filesystem>
#include <utility>

namespace skerry::app {

void MetricsServer::Api::Handle(http::Request request, Respond respond) {
  std::int64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path_ + suffix, failure);
    if (!failure) bytes += static_cast<std::int64_t>(size);
  }
  metrics_.storage_bytes = bytes;
  api_.Handle(std::move(request), std::move(respond));
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::Start(const http::ServerOptions& options, http::Metrics& metrics,
                                                            std::string storage_path, LogSink& log) {
  std::unique_ptr<MetricsServer> server(new MetricsServer(metrics, std::move(storage_path)));
  SKERRY_ASSIGN(listening, http::Server::Listen(options, server->api_, log));
  server->server_ = std::move(listening);
  server->thread_ = std::thread([at = server.get()] { at->server_->Run(); });
  return server;
}

MetricsServer::~MetricsServer() {
  if (!thread_.joinable()) return;
  server_->Stop();
  thread_.join();
}

}  // namespace skerry::app
