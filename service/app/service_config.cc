#include "app/service_config.h"

#include "app/postgres_config.h"
#include "app/text_file.h"
#include "app/yaml.h"

namespace skerry::app {
namespace {

// "sqlite:///data/app.db", "file:app.db" or a plain path, seen from the configuration's folder.
std::string DatabasePath(const std::string& config_path, std::string uri) {
  for (const std::string_view scheme : {"sqlite://", "sqlite:", "file://", "file:"}) {
    if (uri.rfind(scheme, 0) == 0) {
      uri.erase(0, scheme.size());
      break;
    }
  }
  return RelativeTo(config_path, uri);
}

std::string ReadDatabase(YamlFile& file, const YAML::Node& node, const char* what, LogSink& log) {
  if (!node.IsDefined()) {
    file.Fault(node, std::string("'") + what + "' is missing");
    return {};
  }
  const auto type = file.Text(file.Member(node, "type"), "type");
  if (!type || *type != "sqlite") {
    file.Fault(node, std::string(what) + ": only type 'sqlite' is supported, not '" + type.value_or("") + "'");
    return {};
  }
  file.WarnAboutUnknown(node, std::string(what) + ".", {"type", "path", "uri", "id", "tag"}, log);
  auto path = file.Text(file.Member(node, "path"), "path");
  if (!path) path = file.Text(file.Member(node, "uri"), "uri");
  if (!path || path->empty()) {
    file.Fault(node, std::string(what) + ": 'path' of the SQLite file is missing");
    return {};
  }
  return DatabasePath(file.path(), *path);
}

void ReadReplication(YamlFile& file, ServiceConfig& config, LogSink& log) {
  const YAML::Node replication = file.Member(file.root(), "replication");
  file.WarnAboutUnknown(replication, "replication.", {"connections"}, log);
  const YAML::Node connections = file.Member(replication, "connections");
  if (!connections.IsDefined() || !connections.IsSequence() || connections.size() != 1) {
    return file.Fault(connections, "'replication.connections' has to be a list of exactly one connection");
  }
  constexpr char kWhere[] = "replication.connections[0]";
  const YAML::Node type_node = file.Member(connections[0], "type");
  const auto type = file.Text(type_node, "type");
  if (type && *type == "postgresql") {
    config.postgres = ReadPostgresConnection(file, connections[0], kWhere, log);
  } else if (type && *type == "sqlite") {
    config.source_path = ReadDatabase(file, connections[0], kWhere, log);
  } else {
    file.Fault(connections[0],
               std::string(kWhere) + ": 'type' has to be postgresql or sqlite, not '" + type.value_or("") + "'");
  }
}

void ReadSyncConfig(YamlFile& file, ServiceConfig& config, LogSink& log) {
  const YAML::Node current = file.Member(file.root(), "sync_config");
  // The name that it had before Sync Streams.
  const YAML::Node node = current.IsDefined() ? current : file.Member(file.root(), "sync_rules");
  file.WarnAboutUnknown(node, "sync_config.", {"path", "content", "exit_on_error"}, log);
  if (const auto content = file.Text(file.Member(node, "content"), "content")) {
    config.streams_file = file.path() + " (sync_config.content)";
    config.streams_text = *content;
    return;
  }
  const auto path = file.Text(file.Member(node, "path"), "path");
  if (!path) return file.Fault(node, "'sync_config' needs 'path' or 'content'");
  config.streams_file = RelativeTo(file.path(), *path);
  auto text = ReadTextFile(config.streams_file);
  if (!text.ok()) return file.Fault(node, text.error().message);
  config.streams_text = *std::move(text);
}

void ReadLimits(YamlFile& file, ServiceConfig& config, LogSink& log) {
  const YAML::Node api = file.Member(file.root(), "api");
  const YAML::Node limits = file.Member(api, "parameters");
  file.WarnAboutUnknown(api, "api.", {"parameters", "tokens"}, log);
  file.WarnAboutUnknown(limits, "api.parameters.",
                        {"max_buckets_per_connection", "max_parameter_query_results", "max_concurrent_connections",
                         "max_data_fetch_concurrency"},
                        log);
  const auto read = [&](const char* name, std::size_t& limit) {
    if (const auto value = file.Number(file.Member(limits, name), name, 1, 1'000'000)) {
      limit = static_cast<std::size_t>(*value);
    }
  };
  read("max_buckets_per_connection", config.limits.buckets);
  read("max_parameter_query_results", config.limits.index_rows);
  read("max_concurrent_connections", config.api.max_streams);
}

// Metrics are for this machine unless an address says otherwise: they tell about users.
void ReadOperations(YamlFile& file, ServiceConfig& config, LogSink& log) {
  const YAML::Node telemetry = file.Member(file.root(), "telemetry");
  file.WarnAboutUnknown(
      telemetry, "telemetry.",
      {"prometheus_port", "prometheus_address", "disable_telemetry_sharing", "internal_service_endpoint"}, log);
  if (const auto port = file.Number(file.Member(telemetry, "prometheus_port"), "prometheus_port", 0, 65'535)) {
    config.metrics.emplace();
    config.metrics->port = static_cast<std::uint16_t>(*port);
    if (auto address = file.Text(file.Member(telemetry, "prometheus_address"), "prometheus_address")) {
      config.metrics->address = *std::move(address);
    }
  }
  const YAML::Node logging = file.Member(file.Member(file.root(), "system"), "logging");
  file.WarnAboutUnknown(logging, "system.logging.", {"level", "format"}, log);
  const YAML::Node format = file.Member(logging, "format");
  if (const auto text = file.Text(format, "format")) {
    config.logs_json = *text == "json";
    if (*text != "json" && *text != "text") file.Fault(format, "'format' has to be json or text, not '" + *text + "'");
  }
  const YAML::Node level = file.Member(logging, "level");
  if (const auto text = file.Text(level, "level")) {
    config.log_level = ParseLogLevel(*text);
    if (!config.log_level) file.Fault(level, "'level' has to be debug, info, warn or error, not '" + *text + "'");
  }
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warn") return LogLevel::kWarn;
  if (text == "error") return LogLevel::kError;
  return std::nullopt;
}

Result<ServiceConfig> ReadServiceConfig(const std::string& path, LogSink& log) {
  SKERRY_ASSIGN(text, ReadTextFile(path));
  SKERRY_ASSIGN(file, YamlFile::Parse(path, text));
  ServiceConfig config;
  ReadReplication(file, config, log);
  config.storage_path = ReadDatabase(file, file.Member(file.root(), "storage"), "storage", log);
  ReadSyncConfig(file, config, log);
  std::string project;
  if (config.postgres) {
    auto& source = config.postgres->connection;
    project = SupabaseProject(source["host"], source["user"]);
  }
  config.client_auth = ReadClientAuth(file, project, log);
  ReadLimits(file, config, log);
  ReadOperations(file, config, log);
  if (const auto port = file.Number(file.Member(file.root(), "port"), "port", 0, 65'535)) {
    config.port = static_cast<std::uint16_t>(*port);
  }
  if (auto address = file.Text(file.Member(file.root(), "address"), "address")) config.address = *std::move(address);
  file.WarnAboutUnknown(file.root(), "",
                        {"replication", "storage", "sync_config", "sync_rules", "client_auth", "api", "port", "address",
                         "telemetry", "metadata", "system"},
                        log);
  SKERRY_TRY(file.ToStatus());
  return config;
}

}  // namespace skerry::app
