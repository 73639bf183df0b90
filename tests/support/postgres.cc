#include "support/postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace skerry::test {
namespace {

// The newest server that is installed.
std::string ProgramFolder() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::filesystem::path folder = entry.path() / "bin";
    if (std::filesystem::exists(folder / "initdb", ignored)) found.push_back(folder.string());
  }
  if (found.empty()) throw std::runtime_error("there is no Postgres server here: run scripts/setup");
  return *std::max_element(found.begin(), found.end());
}

// Postgres refuses to run as root.
void BecomeServerUser() {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
    _exit(126);
}

pid_t Spawn(const std::vector<std::string>& words, const std::string& log) {
  const pid_t child = fork();
  if (child != 0) return child;
  BecomeServerUser();
  // Dies with the test program, whatever that dies of.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, 1);
  dup2(out, 2);
  for (int descriptor = 3; descriptor < 1024; ++descriptor)
    close(descriptor);  // The test's files are not the server's.
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

void Run(const std::vector<std::string>& words, const std::string& log) {
  int ended = 0;
  const pid_t child = Spawn(words, log);
  if (child < 0 || waitpid(child, &ended, 0) != child || !WIFEXITED(ended) || WEXITSTATUS(ended) != 0) {
    throw std::runtime_error(words[0] + " failed; see " + log);
  }
}

}  // namespace

PostgresCluster& PostgresCluster::Shared() {
  static PostgresCluster cluster;
  return cluster;
}

PostgresCluster::PostgresCluster() {
  std::string name = (std::filesystem::temp_directory_path() / "skerry-postgres-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  if (const passwd* user = geteuid() == 0 ? getpwnam("postgres") : nullptr) {
    if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown failed");
  }
  Run({ProgramFolder() + "/initdb", "-D", folder_ + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
       "--no-locale", "-N", "--no-instructions"},
      folder_ + "/log");
  Start();
}

PostgresCluster::~PostgresCluster() {
  if (server_ > 0) {
    kill(server_, SIGQUIT);
    waitpid(server_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresCluster::Start(const std::string& settings) {
  std::vector<std::string> words = {
      ProgramFolder() + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses="};
  for (const char* setting : {"wal_level=logical", "fsync=off", "max_replication_slots=100", "max_wal_senders=100",
                              "max_connections=200", "shared_buffers=64MB", "autovacuum=off", "log_statement=none"}) {
    words.insert(words.end(), {"-c", setting});
  }
  std::istringstream more(settings);
  for (std::string word; more >> word;) words.push_back(word);
  server_ = Spawn(words, folder_ + "/log");
  if (server_ < 0) throw std::runtime_error("fork failed");
  const std::string address = "host=" + folder_ + " user=postgres dbname=postgres";
  while (PQping(address.c_str()) != PQPING_OK) {
    if (waitpid(server_, nullptr, WNOHANG) != 0) {
      server_ = -1;
      throw std::runtime_error("the Postgres server ended; see " + folder_ + "/log");
    }
    usleep(5000);
  }
}

void PostgresCluster::Stop(int signal, const std::function<void()>& meanwhile) {
  kill(server_, signal);
  while (waitpid(server_, nullptr, WNOHANG) == 0) {
    meanwhile();
    usleep(1000);
  }
  server_ = -1;
}

std::string PostgresCluster::MakeDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  const auto done = Connect("postgres")->Execute("CREATE DATABASE " + name);
  if (!done.ok()) throw std::runtime_error(done.error().message);
  return name;
}

replication::pg::ConnectionKeywords PostgresCluster::Keywords(const std::string& database,
                                                              const std::string& user) const {
  return {{"host", folder_}, {"dbname", database}, {"user", user}};
}

std::unique_ptr<replication::pg::Connection> PostgresCluster::Connect(const std::string& database,
                                                                      const std::string& user) const {
  auto connection = replication::pg::Connection::Open(Keywords(database, user), replication::pg::Purpose::kQueries);
  if (!connection.ok()) throw std::runtime_error(connection.error().message);
  const auto set = (*connection)->Execute("SET search_path = public");
  if (!set.ok()) throw std::runtime_error(set.error().message);
  return *std::move(connection);
}

}  // namespace skerry::test
