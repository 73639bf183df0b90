#include "app/service.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/deployment_builder.h"
#include "app/dev_api.h"
#include "app/metrics_server.h"
#include "app/secure_random.h"
#include "app/writer_thread.h"
#include "auth/issuer.h"
#include "http/key_fetcher.h"
#include "replication/sqlite/sqlite_source.h"
#include "storage/succession.h"
#include "stream/hub.h"
#include "stream/session.h"

namespace skerry::app {
namespace {

constexpr std::string_view kDevAudience = "skerryd-dev";
constexpr std::chrono::seconds kDevTokenLife{600};
constexpr std::chrono::milliseconds kStopPatience{500};
constexpr std::chrono::seconds kKeyPatience{3};  // For remote keys, before the first request is answered.

// Sends each request to the handler that exists by the time it comes.
class Switch final : public http::Handler {
 public:
  http::Handler* target = nullptr;
  void Handle(http::Request request, Respond respond) override {
    target->Handle(std::move(request), std::move(respond));
  }
  std::size_t BodyLimit(std::string_view path) const override { return target->BodyLimit(path); }
};

Status CheckFiles(const ServiceSetup& setup) {
  std::error_code ignored;
  if (!setup.postgres && !std::filesystem::exists(setup.source_path, ignored)) {
    return Error{ErrorCode::kSource, "the source " + setup.source_path + " does not exist"};
  }
  if (setup.dev && !setup.dev->static_folder.empty() &&
      !std::filesystem::is_directory(setup.dev->static_folder, ignored)) {
    return Error{ErrorCode::kConfig, "the folder " + setup.dev->static_folder + " (--static) does not exist"};
  }
  return kDone;
}

Result<std::unique_ptr<replication::Source>> OpenSource(const ServiceSetup& setup, Random& random, LogSink& log) {
  if (setup.postgres) return replication::MakePostgresSource(*setup.postgres, random, log);
  return replication::OpenSqliteSource({.path = setup.source_path}, random, log);
}

// Notes the config for the next start. Gives the plan that what is published was made with: another one after a change
// of the config, which is then served until the new one has published (service.md, W25); null if that cannot be had.
Result<std::shared_ptr<const rules::Plan>> KeepPlan(const ServiceSetup& setup, storage::Writer& writer) {
  const std::string present = setup.plan->Canonical();
  const std::string published = writer.deployment().plan;
  SKERRY_TRY(writer.KeepConfig(present, setup.streams_text));
  if (published == present || writer.checkpoint().deployment == 0) return setup.plan;
  SKERRY_ASSIGN(text, writer.ConfigOf(published));
  std::shared_ptr<const rules::Plan> previous = rules::Compile(text).plan;
  // A text that a newer skerryd understands otherwise does not fit the data.
  if (previous != nullptr && previous->Canonical() != published) previous = nullptr;
  return previous;
}

// Reads the deployment that is served. Of the server's thread.
class PresentReader final : public storage::Reader {
 public:
  explicit PresentReader(std::shared_ptr<storage::Reader> reader) : reader_(std::move(reader)) {}
  void Use(std::shared_ptr<storage::Reader> reader) { reader_ = std::move(reader); }
  Result<std::unique_ptr<storage::Snapshot>> Open() override { return reader_->Open(); }
  Result<storage::Chunk> Scan(std::string_view bucket, OpId after, OpId upto,
                              const storage::ScanLimit& limit) override {
    return reader_->Scan(bucket, after, upto, limit);
  }

 private:
  std::shared_ptr<storage::Reader> reader_;
};

// A Postgres can be read twice at once, so the present deployment goes on while that of a changed config is made. Null
// where nothing changed, or where the source or what is served allow no such thing.
Result<std::unique_ptr<DeploymentBuilder>> BuildBeside(const ServiceSetup& setup, const rules::Plan* served,
                                                       storage::Writer& writer, Random& random, LogSink& log) {
  if (!setup.postgres || served == nullptr || served == setup.plan.get()) {
    SKERRY_TRY(writer.DiscardSuccessor());
    return std::unique_ptr<DeploymentBuilder>();
  }
  SKERRY_ASSIGN(successor, writer.OpenSuccessor());
  SKERRY_TRY(successor->KeepConfig(setup.plan->Canonical(), setup.streams_text));
  log.Log(LogLevel::kInfo, "the sync config changed; its deployment is made beside the present one");
  replication::PostgresSourceOptions options = *setup.postgres;
  options.is_alone = false;
  auto open = [options, &random, &log]() -> Result<std::unique_ptr<replication::Source>> {
    return replication::MakePostgresSource(options, random, log);
  };
  return std::make_unique<DeploymentBuilder>(
      DeploymentBuilder::Parts{setup.plan, std::move(open), std::move(successor)}, log);
}

// What only `skerryd dev` has.
struct Dev {
  explicit Dev(DevSetup dev_setup) : setup(std::move(dev_setup)) {}
  DevSetup setup;
  SecureRandom random;
  auth::Issuer issuer{std::string(kDevAudience), kDevTokenLife, random};
  std::unique_ptr<DevWriter> writer;
  std::optional<StaticFiles> files;
  std::optional<DevApi> api;
};

Result<std::unique_ptr<Dev>> PrepareDev(ServiceSetup& setup) {
  auto dev = std::make_unique<Dev>(*std::move(setup.dev));
  SKERRY_ASSIGN(writer, DevWriter::Open(setup.source_path, dev->setup.config));
  dev->writer = std::move(writer);
  if (!dev->setup.static_folder.empty()) dev->files.emplace(dev->setup.static_folder);
  SKERRY_ASSIGN(key, dev->issuer.VerificationKey());
  auth::KeyGroup group;
  group.keys.push_back(std::move(key));
  setup.client_auth.groups.push_back(std::move(group));
  setup.client_auth.verifier.audiences = {dev->issuer.audience()};
  return dev;
}

void Announce(const http::Server& server, const std::string& address, bool is_dev) {
  const bool is_v6 = address.find(':') != std::string::npos;
  std::printf(is_v6 ? "skerryd: listening on http://[%s]:%u\n" : "skerryd: listening on http://%s:%u\n",
              address.c_str(), static_cast<unsigned>(server.port()));
  if (is_dev)
    std::printf("skerryd: DEVELOPMENT MODE, not for production: anyone on this machine can act as any demo user\n");
  std::fflush(stdout);
}

}  // namespace

Result<std::shared_ptr<const rules::Plan>> CompileStreams(const std::string& text, const std::string& file,
                                                          LogSink& log) {
  rules::Compiled compiled = rules::Compile(text);
  std::string errors;
  for (const rules::Diagnostic& diagnostic : compiled.diagnostics) {
    const std::string line = rules::Format(diagnostic, file);
    if (diagnostic.severity == rules::Severity::kError)
      errors += (errors.empty() ? "" : "\n") + line;
    else
      log.Log(LogLevel::kWarn, line);
  }
  if (compiled.plan == nullptr) return Error{ErrorCode::kConfig, errors};
  return std::move(compiled.plan);
}

Status RunService(ServiceSetup setup, http::EventLog& log) {
  if (setup.dev) {
    Status done = DevWriter::SetUp(setup.source_path, setup.dev->config);
    if (!done.ok() && done.error().code == ErrorCode::kStorageBusy) {
      return std::move(done).error().During("the source database " + setup.source_path +
                                            ": another program holds a lock on it");
    }
    SKERRY_TRY(std::move(done));
  }
  SKERRY_TRY(CheckFiles(setup));
  SecureRandom source_random;
  SecureRandom session_random;
  SKERRY_ASSIGN(source, OpenSource(setup, source_random, log));
  SKERRY_ASSIGN(writer, storage::OpenSqliteWriter(setup.storage_path));
  SKERRY_ASSIGN(first_reader, storage::OpenSqliteReader(setup.storage_path));
  PresentReader reader(std::move(first_reader));
  SKERRY_ASSIGN(served, KeepPlan(setup, *writer));
  SecureRandom builder_random;
  SKERRY_ASSIGN(builder, BuildBeside(setup, served.get(), *writer, builder_random, log));
  const std::int64_t served_deployment = writer->checkpoint().deployment;
  std::unique_ptr<Dev> dev;
  if (setup.dev) {
    SKERRY_ASSIGN(prepared, PrepareDev(setup));
    dev = std::move(prepared);
  }

  // Declared in the order in which each uses those before it: they end in the opposite one.
  http::Health health;
  http::Metrics metrics;
  ClientAuth& client_auth = setup.client_auth;
  http::KeyFetcher keys(client_auth.remote, client_auth.fetch, log);
  const auth::Verifier verifier(std::move(client_auth.groups), client_auth.verifier, [&keys] { keys.Wake(); });
  stream::Hub hub(reader, {});
  stream::ChunkCache chunks;
  stream::SessionHost sessions{served, reader, chunks, hub, session_random, {.limits = setup.limits, .chunk = {}}};
  Switch routes;
  // A stream needs one, and what comes beside the streams (checkpoints, probes) must not wait for theirs.
  setup.server.max_connections = setup.api.max_streams + 800;
  SKERRY_ASSIGN(server, http::Server::Listen(setup.server, routes, log));
  std::unique_ptr<MetricsServer> metrics_server;
  if (setup.metrics) {
    SKERRY_ASSIGN(listening, MetricsServer::Start(*setup.metrics, metrics, setup.storage_path, log));
    metrics_server = std::move(listening);
    log.Log(LogLevel::kInfo,
            "metrics at http://" + setup.metrics->address + ":" + std::to_string(metrics_server->port()) + "/metrics");
  }
  WriterThread thread({builder != nullptr ? served : setup.plan, std::move(source), std::move(writer),
                       served != nullptr, builder != nullptr},
                      health, metrics, log);
  http::SyncApi sync(sessions, verifier, thread, health, metrics, setup.api, http::SystemNow, log);
  const auto post = [&server](std::function<void()> task) { server->Post(std::move(task)); };
  routes.target = &sync;
  if (dev != nullptr) {
    dev->api.emplace(DevApi::Parts{sync, dev->issuer, verifier, dev->setup.config.users, *dev->writer, thread,
                                   dev->files ? &*dev->files : nullptr, post, log});
    routes.target = &*dev->api;
  }

  Status outcome;
  const auto publish = [&](const storage::Published& published) {
    // Sessions of the old deployment end with this; those that come see the new one.
    if (published.checkpoint.deployment != served_deployment) sessions.plan = setup.plan;
    if (Status told = hub.Publish(published); !told.ok()) log.Log(LogLevel::kError, told.error().message);
  };
  thread.Start({.post = post,
                .ready =
                    [&](const storage::Checkpoint& checkpoint) {
                      publish({checkpoint, {.everything = true, .buckets = {}, .index_keys = {}}});
                      Announce(*server, setup.server.address, dev != nullptr);
                    },
                .published = publish,
                .succeeded =
                    [&](std::shared_ptr<storage::Reader> next, const storage::Published& published) {
                      reader.Use(std::move(next));
                      publish(published);
                      storage::RemoveStorage(setup.storage_path);
                    },
                .failed =
                    [&](const Error& error) {
                      outcome = error;
                      server->Stop();
                    }});
  if (builder != nullptr) {
    builder->Start([&thread](std::function<void()> task) { thread.Run(std::move(task)); },
                   [&](DeploymentBuilder& successor) {
                     return thread.Succeed(successor, storage::SuccessorPath(setup.storage_path));
                   });
  }
  keys.Start();
  keys.AwaitFirst(kKeyPatience);
  server->Run();
  const bool has_built = builder == nullptr || builder->StopWithin(kStopPatience);
  if (!has_built || !thread.StopWithin(kStopPatience) || !keys.StopWithin(kStopPatience)) {
    // In the middle of a long copy or transaction. Storage keeps what was published, and the rest comes again.
    log.Log(LogLevel::kWarn,
            "ended in the middle of reading the source or keys; they are read again at the next start");
    std::_Exit(0);
  }
  server.reset();
  return outcome;
}

}  // namespace skerry::app
