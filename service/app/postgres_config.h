// A connection of type postgresql in the configuration, under PowerSync's names.
#pragma once

#include "app/yaml.h"
#include "base/log.h"
#include "replication/postgres/postgres_source.h"

namespace skerry::app {

// Faults `file` for what is wrong. `where` is the connection's name in messages.
replication::PostgresSourceOptions ReadPostgresConnection(YamlFile& file, const YAML::Node& node,
                                                          const std::string& where, LogSink& log);

}  // namespace skerry::app
