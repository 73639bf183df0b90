// What a running service counts, for Prometheus (service.md, section 12). PowerSync's names, so that dashboards work.
//
// Written by the writer's thread and the server's, read by the one that answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "http/message.h"

namespace skerry::http {

struct Metrics {
  using Counter = std::atomic<std::int64_t>;
  Counter data_replicated_bytes{0};  // Of values, as the source gave them.
  Counter rows_replicated{0};
  Counter transactions_replicated{0};  // Of the source; one checkpoint may hold several.
  Counter chunks_replicated{0};        // Portions in which tables were copied.
  Counter data_synced_bytes{0};        // Before compression,
  Counter data_sent_bytes{0};          // and after it.
  Counter operations_synced{0};
  Counter concurrent_connections{0};
  // Of the storage's file and log, which they add up to.
  Counter source_storage_bytes{0};
  Counter parameter_storage_bytes{0};
  Counter operation_storage_bytes{0};
  // Wall clock, in ms: when replication fell behind the source, or 0 while it has all there was at its last look.
  Counter behind_since_ms{0};
};

std::string ToPrometheus(const Metrics& metrics, std::int64_t now_ms);

// GET /metrics, and nothing else. Meant for a port that only this machine, or its monitoring, reaches.
class MetricsApi final : public Handler {
 public:
  explicit MetricsApi(const Metrics& metrics) : metrics_(metrics) {}
  void Handle(Request request, Respond respond) override;
  std::size_t BodyLimit(std::string_view) const override { return 0; }

 private:
  const Metrics& metrics_;
};

}  // namespace skerry::http
