// Write checkpoints that the application numbers in rows of its own (service.md, section 7.2).
#include "ingest/write_event.h"

#include "service.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

constexpr char kSetup[] =
    "CREATE TABLE boats(id TEXT PRIMARY KEY, skipper TEXT);"
    "CREATE TABLE progress(user_id, client_id, checkpoint, PRIMARY KEY (user_id, client_id));";
constexpr char kManaged[] =
    "  my_boats:\n    auto_subscribe: true\n    query: SELECT * FROM boats WHERE skipper = auth.user_id()\n";
constexpr char kCustom[] = R"(
  my_boats:
    auto_subscribe: true
    query: SELECT * FROM boats WHERE skipper = auth.user_id()
event_definitions:
  write_checkpoints:
    payloads:
      - SELECT user_id, client_id, checkpoint FROM progress
)";

std::int64_t Acknowledged(Service& service, const std::string& user_key) {
  const auto id = Must(Must(service.reader->Open())->AcknowledgedWrite(user_key));
  return id ? Raw(*id) : 0;
}

std::string Refusal(const std::string& json) {
  const auto event = ingest::ReadWriteEvent(json);
  return event.ok() ? "" : event.error().message;
}

}  // namespace

TEST_CASE("a row names a user, perhaps a client, and a positive number", "[ingest][write-event]") {
  const auto read = [](const std::string& json) {
    const ingest::WriteEvent event = Must(ingest::ReadWriteEvent(json));
    return event.user_key + " " + std::to_string(Raw(event.id));
  };
  CHECK(read(R"({"user_id":"u1","client_id":"c1","checkpoint":7})") == "u1/c1 7");
  CHECK(read(R"({"checkpoint":"9223372036854775807","client_id":null,"user_id":"u1"})") == "u1 9223372036854775807");
  CHECK(read(R"({"user_id":17,"checkpoint":1,"more":[1,{"x":2}]})") == "17 1");
  CHECK(read(R"({"user_id":"u\"1","client_id":"","checkpoint":1})") == "u\"1 1");
  CHECK(Refusal(R"({"client_id":"c1","checkpoint":1})") == "it has no user_id");
  CHECK(Refusal(R"({"user_id":null,"checkpoint":1})") == "it has no user_id");
  CHECK(Refusal(R"({"user_id":"u1","checkpoint":null})") == "it has no checkpoint");
  for (const char* wrong : {"0", "-1", "1.0", "\"\"", "\"one\"", "\"1 \"", "9223372036854775808"}) {
    INFO(wrong);
    CHECK(Refusal(std::string(R"({"user_id":"u1","checkpoint":)") + wrong + "}").find("no positive integer") !=
          std::string::npos);
  }
}

TEST_CASE("custom write checkpoints are acknowledged with the rows that they come with, and never fall",
          "[ingest][write-event][I10]") {
  Service service(kSetup, kCustom);
  CHECK(Acknowledged(service, "u1/c1") == 0);
  Must(service.app->Execute(
      "BEGIN; INSERT INTO boats VALUES ('b1', 'u1'); INSERT INTO progress VALUES ('u1', 'c1', 5); COMMIT"));
  auto published = service.Poll();
  REQUIRE(published);
  CHECK(published->acknowledged == std::vector<std::string>{"u1/c1"});
  CHECK(Acknowledged(service, "u1/c1") == 5);
  CHECK(service.Download(R"({"sub":"u1"})").size() == 1);
  // By itself, it changes no bucket.
  const std::int64_t op = service.LastOp();
  CHECK(service.Do("UPDATE progress SET checkpoint = 6; INSERT INTO progress VALUES ('u1', NULL, 2)"));
  CHECK(Acknowledged(service, "u1/c1") == 6);
  CHECK(service.LastOp() == op);
  // Lower, equal or gone: what a client was told stays.
  Must(service.app->Execute("UPDATE progress SET checkpoint = 3; UPDATE progress SET checkpoint = 6"));
  published = service.Poll();
  CHECK((!published || published->acknowledged.empty()));
  service.Do("DELETE FROM progress");
  CHECK(Acknowledged(service, "u1/c1") == 6);
  service.Stop();
  service.Start();
  CHECK(Acknowledged(service, "u1/c1") == 6);
}

TEST_CASE("a row that is no write checkpoint is told and holds nothing up", "[ingest][write-event]") {
  Service service(kSetup, kCustom);
  service.log.lines.clear();
  CHECK(service.Do("INSERT INTO progress VALUES ('u1', 'c1', 'soon'), ('u1', 'c2', 4)"));
  CHECK(Acknowledged(service, "u1/c1") == 0);
  CHECK(Acknowledged(service, "u1/c2") == 4);
  REQUIRE(service.log.lines.size() == 1);
  CHECK(
      service.log.lines[0].find("a row of table 'progress' acknowledges nothing: its checkpoint 'soon' is no positive "
                                "integer") == 0);
}

TEST_CASE("custom and managed write checkpoints are not mixed when a deployment changes the mode",
          "[ingest][write-event][I10][I14]") {
  Service service(kSetup, kManaged);
  const storage::WriteCheckpointRequest request{.user_key = "u1/c1"};
  for (int i = 0; i < 7; ++i) Must(service.ingester->RequestWriteCheckpoints({&request, 1}, {}));
  service.Poll();
  CHECK(Acknowledged(service, "u1/c1") == 7);
  Must(service.app->Execute("INSERT INTO progress VALUES ('u1', 'c2', 40)"));

  service.Stop();
  service.Configure(kCustom);
  service.Start();
  CHECK(service.writer->deployment().number == 2);
  // The copy taught what is there; what the service had counted says nothing any more.
  CHECK(Acknowledged(service, "u1/c2") == 40);
  CHECK(Acknowledged(service, "u1/c1") == 0);
  service.Do("INSERT INTO progress VALUES ('u1', 'c1', 1)");
  CHECK(Acknowledged(service, "u1/c1") == 1);

  service.Stop();
  service.Configure(kManaged);
  service.Start();
  CHECK(Acknowledged(service, "u1/c2") == 0);
  CHECK(Acknowledged(service, "u1/c1") == 7);
  CHECK(Raw(Must(service.ingester->RequestWriteCheckpoints({&request, 1}, {})).at(0)) == 8);
}
