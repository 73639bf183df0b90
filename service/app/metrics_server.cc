#include "app/metrics_server.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/sizes.h"
#include "storage/succession.h"

namespace skerry::app {
namespace {

using Clock = std::chrono::steady_clock;

// Measuring reads the whole file: it may take a hundredth of the time.
constexpr int kShareOfTime = 100;

}  // namespace

void MetricsServer::Api::Measure() {
  const Clock::time_point began = Clock::now();
  auto sizes = storage::MeasureSizes(path_);
  const Clock::time_point ended = Clock::now();
  measure_at_ = ended + kShareOfTime * (ended - began);
  if (!sizes.ok()) return log_.Log(LogLevel::kWarn, "the storage cannot be measured: " + sizes.error().message);
  metrics_.source_storage_bytes = sizes->source_bytes;
  metrics_.parameter_storage_bytes = sizes->parameter_bytes;
}

void MetricsServer::Api::Handle(http::Request request, Respond respond) {
  if (Clock::now() >= measure_at_) Measure();
  std::int64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(storage::PresentPath(path_) + suffix, failure);
    if (!failure) bytes += static_cast<std::int64_t>(size);
  }
  const std::int64_t others = metrics_.source_storage_bytes + metrics_.parameter_storage_bytes;
  metrics_.operation_storage_bytes = std::max<std::int64_t>(bytes - others, 0);
  api_.Handle(std::move(request), std::move(respond));
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::Start(const http::ServerOptions& options, http::Metrics& metrics,
                                                            std::string storage_path, LogSink& log) {
  std::unique_ptr<MetricsServer> server(new MetricsServer(metrics, std::move(storage_path), log));
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
