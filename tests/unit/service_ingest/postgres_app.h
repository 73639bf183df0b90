// An app that does random things to random tables of a Postgres database, with every kind of replica identity and with
// values that Postgres keeps out of line. The tables have the names and columns of RandomApp's, so that its sync
// configs and its answers hold for them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "replication/postgres/connection.h"
#include "replication/postgres/postgres_source.h"
#include "replication/source.h"
#include "sqlite/connection.h"
#include "support/postgres.h"

namespace skerry::test {

class PostgresApp {
 public:
  explicit PostgresApp(std::uint64_t seed);
  ~PostgresApp();

  // Runs one transaction. What the database refuses (a key that is taken) is undone.
  void RunTransaction();
  // Ends the connections of the service from the other side, as a network does.
  void CutConnections();
  // All tables as they are now, in a database of SQLite's.
  std::unique_ptr<sqlite::Connection> Snapshot();

  std::unique_ptr<replication::Source> OpenSource(Random& random, LogSink& log) const;
  // A child process must not share it.
  void Close() { connection_.reset(); }
  void Open();

 private:
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(random_.Next() % n); }
  std::string Literal(char kind);
  std::string Statement();

  SeededRandom random_;
  PostgresCluster& cluster_ = PostgresCluster::Shared();
  std::string database_ = cluster_.MakeDatabase();
  std::unique_ptr<replication::pg::Connection> connection_;
};

}  // namespace skerry::test
