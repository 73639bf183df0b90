// What the hot calls cost natively; hidden, run with `test_client [bench]`.
#include <chrono>
#include <filesystem>

#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {
namespace {

using test::Json;

double Milliseconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("a thousand single inserts, with one live query", "[.][bench]") {
  test::SyncHost host;
  host.Execute("INSERT INTO todos(id, title) VALUES ('first', 'x')");
  REQUIRE(host.Watch(1, "SELECT count(*) FROM lists"));
  host.PullWatches();
  std::vector<std::string> payloads;
  for (int i = 0; i < 1000; ++i) {
    payloads.push_back(test::ClientHost::Payload("INSERT INTO todos(id, list_id, title, done) VALUES (?, ?, ?, ?)",
                                                 {std::to_string(i), "list", "some title", 0}));
  }
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& payload : payloads) {
    REQUIRE(host.Call(client::Op::kExecute, payload));
    if ((host.flags() & client::kFlagOutbox) != 0) REQUIRE(host.Call(client::Op::kDrain, ""));
  }
  WARN("1000 inserts: " << Milliseconds(start) << " ms");
}

TEST_CASE("ten thousand point reads", "[.][bench]") {
  test::SyncHost host;
  host.Execute("INSERT INTO todos(id, title) VALUES ('first', 'x')");
  const std::string payload =
      test::ClientHost::Payload("SELECT * FROM todos WHERE id = ?", Json::array({"first"}), client::kStatementRead);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; ++i) REQUIRE(host.Call(client::Op::kExecute, payload));
  WARN("10000 point reads: " << Milliseconds(start) << " ms");
}

TEST_CASE("a first sync of 100,000 rows in ten buckets", "[.][bench]") {
  std::string bytes;
  Json buckets = Json::array();
  for (int b = 0; b < 10; ++b) buckets.push_back(test::Bucket(std::to_string(b), 10000, 10000));
  bytes += test::Checkpoint(100000, buckets).dump() + "\n";
  SeededRandom random(3);
  for (int line = 0; line < 100; ++line) {
    Json operations = Json::array();
    for (int i = 0; i < 1000; ++i) {
      const int op = line * 1000 + i + 1;
      operations.push_back(test::Put(op, "todos", NewUuid(random),
                                     {{"list_id", "11111111-1111-4111-8111-111111111111"},
                                      {"title", std::to_string(op) + " is a todo with a title of some length"},
                                      {"done", op % 2}},
                                     1));
    }
    bytes += test::Data(std::to_string(line / 10), operations).dump() + "\n";
  }
  const auto path = std::filesystem::temp_directory_path() / "skerry-bench.db";
  const auto remove = [&path] {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
  };
  remove();
  {
    test::ClientHost host(Json::object({{"path", path.string()}}));
    host.ApplySchema(test::ListsSchema());
    const std::uint32_t stream = test::ConnectAndOpen(host);
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t at = 0; at < bytes.size(); at += 65536) host.StreamBytes(stream, bytes.substr(at, 65536));
    const double downloaded = Milliseconds(start);
    host.StreamBytes(stream, test::Complete(100000).dump() + "\n");
    WARN("100000 rows, " << bytes.size() << " bytes: stored in " << downloaded << " ms, published after "
                         << Milliseconds(start) << " ms");
    CHECK(host.Read("SELECT count(*) FROM todos").rows[0][0] == 100000);
  }
  remove();
}

}  // namespace skerry
