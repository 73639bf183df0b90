// The configuration file of `skerryd run` (service.md, section 13): YAML with PowerSync's names, as far as they apply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/client_auth_config.h"
#include "base/log.h"
#include "base/result.h"
#include "http/server.h"
#include "http/sync_api.h"
#include "replication/postgres/postgres_source.h"
#include "rules/request_evaluator.h"

namespace skerry::app {

struct ServiceConfig {
  std::string source_path;  // Of a SQLite source.
  std::optional<replication::PostgresSourceOptions> postgres;
  std::string storage_path;
  std::string streams_file;  // For messages: the file's path, or the config's own for an inline text.
  std::string streams_text;
  std::string address = "0.0.0.0";
  std::uint16_t port = 8080;
  ClientAuth client_auth;
  rules::Limits limits;
  http::SyncApiOptions api;
  std::optional<http::ServerOptions> metrics;
  std::optional<bool> logs_json;
  std::optional<LogLevel> log_level;
};

// "debug", "info", "warn" or "error".
std::optional<LogLevel> ParseLogLevel(std::string_view text);

// kConfig with "file:line:column: what" for every fault. Members that are not used here are a warning each, so that a
// file written for PowerSync loads.
Result<ServiceConfig> ReadServiceConfig(const std::string& path, LogSink& log);

}  // namespace skerry::app
