// What the source's server, publication and role have to be like, told with the statement that makes them so.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "replication/postgres/connection.h"

namespace skerry::replication::pg {

struct Server {
  std::string system;  // The cluster's identifier, the same on its replicas.
};

// kConfig with what to run.
Result<Server> CheckServer(Connection& sql);
// All that CheckServer() could complain of, at once.
Result<std::vector<std::string>> FindServerFaults(Connection& sql);

}  // namespace skerry::replication::pg
