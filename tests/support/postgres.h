// A Postgres server of a test's own: made in a temporary folder, reached by a socket in it, gone with the object and
// with the test program, however that ends.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "replication/postgres/connection.h"

namespace skerry::test {

class PostgresCluster {
 public:
  // One for the whole test program, started by the first call. Tests make databases of their own in it.
  static PostgresCluster& Shared();

  PostgresCluster();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  // Waits until it answers. `settings`: "-c name=value ..." words.
  void Start(const std::string& settings = {});
  // SIGINT: in order, which waits for readers of the log; SIGQUIT: as after a crash. Goes on with `meanwhile` until the
  // server has ended.
  void Stop(
      int signal, const std::function<void()>& meanwhile = [] {});

  // Makes an empty database and gives its name.
  std::string MakeDatabase();
  replication::pg::ConnectionKeywords Keywords(const std::string& database, const std::string& user = "postgres") const;
  // As an app connects: names are looked up in `public`.
  std::unique_ptr<replication::pg::Connection> Connect(const std::string& database,
                                                       const std::string& user = "postgres") const;

 private:
  std::string folder_;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace skerry::test
