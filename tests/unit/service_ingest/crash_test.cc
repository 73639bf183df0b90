// kill -9 at random moments: the service in a child process, the app in this one (I1, I13).
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "random_app.h"
#include "replication/sqlite/sqlite_source.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

// Replicates until it is killed.
[[noreturn]] void RunService(const std::string& source_path, const std::string& storage_path,
                             const std::shared_ptr<const rules::Plan>& plan) {
  SeededRandom random(1);
  LogLines log;
  auto source = replication::OpenSqliteSource({.path = source_path}, random, log);
  auto writer = storage::OpenSqliteWriter(storage_path);
  if (!source.ok() || !writer.ok()) _exit(1);
  auto ingester = ingest::Ingester::Start(plan, **source, **writer, log);
  if (!ingester.ok()) _exit(2);
  for (;;) {
    if (const auto polled = (*ingester)->Poll(); !polled.ok() && polled.error().code != ErrorCode::kStorageBusy)
      _exit(3);
    usleep(200);
  }
}

}  // namespace

TEST_CASE("a service killed again and again while the app writes ends with what plain SQL selects",
          "[ingest][crash][I1][I13]") {
  RandomApp random(4242, /*unique_ids=*/true);
  const std::string streams = random.Streams();
  Service service(random.Setup(), streams);
  SeededRandom times(99);
  std::size_t publications = 0;
  for (int round = 0; round < 25; ++round) {
    const std::int64_t serial = service.writer->checkpoint().serial;
    service.Stop();  // A child must not inherit open databases.
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) RunService(service.source_path, service.storage_path, service.plan);
    service.OpenApp();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(times.Next() % 60);
    while (std::chrono::steady_clock::now() < end) {
      if (!service.app->Execute(random.Transaction()).ok() && service.app->InTransaction()) {
        Must(service.app->Execute("ROLLBACK"));
      }
    }
    int ended = 0;
    const bool ended_by_itself = waitpid(child, &ended, WNOHANG) != 0;
    INFO("exit code " << WEXITSTATUS(ended));
    REQUIRE_FALSE(ended_by_itself);
    REQUIRE(kill(child, SIGKILL) == 0);
    waitpid(child, &ended, 0);
    service.Start();
    publications += static_cast<std::size_t>(service.writer->checkpoint().serial - serial);
    for (int requests = 0; requests < 3; ++requests) {
      const RandomApp::Request request = random.NextRequest();
      INFO("round " << round << " request " << request.ToText() << "\n" << streams);
      REQUIRE(service.Download(request.token, request.subscriptions) == random.Expected(*service.app, request));
    }
  }
  CHECK(service.writer->deployment().number == 1);  // No round needed a new copy.
  CHECK(publications > 10);
}
