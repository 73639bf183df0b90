#include "http/metrics.h"

#include <cstdio>

#include "http/server.h"
#include "http/service_error.h"
#include "http/target.h"

namespace skerry::http {
namespace {

void Append(std::string& text, const char* name, const char* type, const char* help, const std::string& value) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  text.append(name).append(" ").append(value).append("\n");
}

}  // namespace

std::string ToPrometheus(const Metrics& metrics, std::int64_t now_ms) {
  std::string text;
  const auto count = [&](const char* name, const char* help, const Metrics::Counter& value) {
    Append(text, name, "counter", help, std::to_string(value.load()));
  };
  const auto gauge = [&](const char* name, const char* help, const std::string& value) {
    Append(text, name, "gauge", help, value);
  };
  count("powersync_data_replicated_bytes_total", "Bytes of the values in row changes and copied rows.",
        metrics.data_replicated_bytes);
  count("powersync_rows_replicated_total", "Row changes and copied rows taken from the source.",
        metrics.rows_replicated);
  count("powersync_transactions_replicated_total", "Transactions of the source that changed synced tables.",
        metrics.transactions_replicated);
  count("powersync_chunks_replicated_total", "Portions in which tables were copied.", metrics.chunks_replicated);
  count("powersync_data_synced_bytes_total", "Bytes of sync lines, before compression.", metrics.data_synced_bytes);
  count("powersync_data_sent_bytes_total", "Bytes of sync lines as sent.", metrics.data_sent_bytes);
  count("powersync_operations_synced_total", "Operations sent to clients.", metrics.operations_synced);
  gauge("powersync_concurrent_connections", "Open sync streams.", std::to_string(metrics.concurrent_connections));
  const std::int64_t behind = metrics.behind_since_ms;
  char lag[32];
  std::snprintf(lag, sizeof lag, "%.3f", behind == 0 ? 0.0 : static_cast<double>(now_ms - behind) / 1000);
  gauge("powersync_replication_lag_seconds", "For how long replication has been behind the source.", lag);
  gauge("powersync_replication_storage_size_bytes", "Storage for what is remembered of the source's rows.",
        std::to_string(metrics.source_storage_bytes));
  gauge("powersync_operation_storage_size_bytes", "Storage for operations, with free space and the log.",
        std::to_string(metrics.operation_storage_bytes));
  gauge("powersync_parameter_storage_size_bytes", "Storage for the parameter index.",
        std::to_string(metrics.parameter_storage_bytes));
  return text;
}

void MetricsApi::Handle(Request request, Respond respond) {
  if (request.method != "GET" || PathOf(request.target) != "/metrics") {
    return respond(ToResponse(NotFound(request.method, PathOf(request.target))));
  }
  Response response;
  response.headers = {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}};
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(SystemNow().wall);
  response.body = ToPrometheus(metrics_, now.count());
  respond(std::move(response));
}

}  // namespace skerry::http
