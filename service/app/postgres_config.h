// How to reach a Postgres: from the configuration, under PowerSync's names, or from a URI alone.
#pragma once

#include <string>
#include <string_view>

#include "app/yaml.h"
#include "base/log.h"
#include "replication/postgres/postgres_source.h"

namespace skerry::app {

bool IsPostgresUri(std::string_view text);
// kConfig if libpq does not understand it. TLS as in the configuration: verified, unless the URI has an `sslmode`.
Result<replication::pg::ConnectionKeywords> PostgresConnectionFromUri(const std::string& uri);

// Faults `file` for what is wrong. `where` is the connection's name in messages.
replication::PostgresSourceOptions ReadPostgresConnection(YamlFile& file, const YAML::Node& node,
                                                          const std::string& where, LogSink& log);

}  // namespace skerry::app
