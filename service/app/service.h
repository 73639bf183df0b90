// The running service: parts wired together, from an opened source to a served port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/client_auth_config.h"
#include "app/dev_config.h"
#include "base/log.h"
#include "base/result.h"
#include "http/event_log.h"
#include "http/server.h"
#include "http/sync_api.h"
#include "replication/postgres/postgres_source.h"
#include "rules/plan.h"
#include "rules/request_evaluator.h"

namespace skerry::app {

struct DevSetup {
  DevConfig config;
  std::string static_folder;  // Empty: no page.
};

struct ServiceSetup {
  std::string source_path;                                     // A SQLite file,
  std::optional<replication::PostgresSourceOptions> postgres;  // unless the source is this.
  std::string storage_path;
  std::shared_ptr<const rules::Plan> plan;
  std::string streams_text;  // What the plan was compiled from.
  ClientAuth client_auth;
  rules::Limits limits;
  http::SyncApiOptions api;
  http::ServerOptions server;
  std::optional<http::ServerOptions> metrics;  // Where they are served, if at all.
  std::optional<DevSetup> dev;
};

// Compiles the sync config `text`; prints its diagnostics to `log`. kConfig if it has errors.
Result<std::shared_ptr<const rules::Plan>> CompileStreams(const std::string& text, const std::string& file,
                                                          LogSink& log);

// Serves until told to stop by a signal. Done after an orderly end.
Status RunService(ServiceSetup setup, http::EventLog& log);

}  // namespace skerry::app
