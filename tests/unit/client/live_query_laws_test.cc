// A live query's messages, put together as a tab does, always end at the result of the query itself: whatever was
// written, rolled back or synced in between, and however seldom the host looked.
#include <filesystem>

#include "support/catch.h"
#include "support/sync_host.h"

namespace skerry {
namespace {

using test::Json;

const std::vector<std::string> kQueries = {
    "SELECT id, name FROM lists ORDER BY id",
    "SELECT name, id FROM lists ORDER BY name DESC, id",
    "SELECT count(*), max(title) FROM todos",
    "SELECT lists.name, count(todos.id) FROM lists LEFT JOIN todos ON todos.list_id = lists.id GROUP BY lists.id ORDER "
    "BY lists.id",
    "SELECT title FROM todos WHERE done = 1 ORDER BY title",  // Equal rows on purpose.
    "SELECT id FROM lists WHERE id IN (SELECT list_id FROM todos) ORDER BY id"};

// What a tab keeps of one watch.
struct Mirror {
  Json rows = Json::array();

  void Apply(const test::WatchMessage& message) {
    REQUIRE(message.kind != 2);
    Json next = Json::array();
    std::size_t sent = 0;
    for (const auto& [from, count] : message.runs) {
      for (std::uint32_t i = 0; i < count; ++i) {
        if (from < 0) {
          REQUIRE(sent < message.rows.rows.size());
          next.push_back(message.rows.rows[sent++]);
        } else {
          REQUIRE(static_cast<std::size_t>(from) + i < rows.size());
          next.push_back(rows[static_cast<std::size_t>(from) + i]);
        }
      }
    }
    REQUIRE(sent == message.rows.rows.size());
    rows = std::move(next);
  }
};

class Play {
 public:
  Play(test::ClientHost& host, std::uint64_t seed) : host_(host), random_(seed) {
    for (std::size_t i = 0; i < kQueries.size(); ++i) {
      const std::uint32_t flags = i % 2 == 0 ? client::kWatchCompare : client::kWatchTrailing;
      REQUIRE(host_.Watch(static_cast<std::uint32_t>(i), kQueries[i], Json::array(), Pick(3) == 0 ? 0 : 30, flags));
    }
    stream_ = test::ConnectAndOpen(host_);
  }

  void Step() {
    switch (Pick(8)) {
      case 0:
      case 1:
        Write(0);
        break;
      case 2: {
        const std::uint32_t lease = host_.OpenLease("writeTransaction");
        for (std::uint64_t i = Pick(4); i > 0; --i) {
          Write(lease);
          if (Pick(2) == 0) Pull();
        }
        REQUIRE(host_.CloseLease(lease, Pick(3) == 0 ? "rollback" : "commit"));
        break;
      }
      case 3:
        Sync();
        break;
      case 4:
        host_.Settle();
        host_.Advance(static_cast<std::int64_t>(Pick(40)));
        break;
      default:
        Pull();
    }
  }

  void Finish() {
    host_.Settle();
    host_.Advance(100);
    Pull();
    for (std::size_t i = 0; i < kQueries.size(); ++i) {
      INFO(kQueries[i]);
      CHECK(mirrors_[i].rows == host_.Read(kQueries[i]).rows);
    }
  }

 private:
  std::uint64_t Pick(std::uint64_t below) { return random_.Next() % below; }
  std::string Name() { return std::string(1, static_cast<char>('a' + Pick(6))); }

  void Write(std::uint32_t lease) {
    switch (Pick(5)) {
      case 0:
        host_.Execute("INSERT INTO lists(id, name) VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET name = excluded.name",
                      {Name(), Name()}, lease);
        break;
      case 1:
        host_.Execute("INSERT OR REPLACE INTO todos(id, list_id, title, done) VALUES (?, ?, ?, ?)",
                      {Name() + Name(), Name(), Name(), static_cast<int>(Pick(2))}, lease);
        break;
      case 2:
        host_.Execute("DELETE FROM lists WHERE name = ?", Json::array({Name()}), lease);
        break;
      case 3:
        host_.Execute("UPDATE todos SET done = 1 - done WHERE title = ?", Json::array({Name()}), lease);
        break;
      default:
        host_.Execute("UPDATE lists SET name = name", Json::array(), lease);  // Changes nothing.
    }
  }

  // A checkpoint in which the queue is empty, so that it is published.
  void Sync() {
    host_.Call(client::Op::kCrudComplete, R"({"lastId":1000000,"checkpoint":"1"})");
    ++op_;
    const Json put = test::Put(op_, "lists", Name(), {{"name", Name()}}, 1);
    std::string lines =
        test::Checkpoint(op_, Json::array({test::Bucket("b", static_cast<std::uint32_t>(op_), op_)}), "1").dump() +
        "\n";
    lines += test::Data("b", Json::array({put})).dump() + "\n" + test::Complete(op_).dump() + "\n";
    host_.StreamBytes(stream_, lines);
    REQUIRE_FALSE(host_.Status().contains("downloadError"));
  }

  void Pull() {
    for (const test::WatchMessage& message : host_.PullWatches()) mirrors_.at(message.watch).Apply(message);
  }

  test::ClientHost& host_;
  SeededRandom random_;
  std::map<std::size_t, Mirror> mirrors_ = [] {
    std::map<std::size_t, Mirror> all;
    for (std::size_t i = 0; i < kQueries.size(); ++i) all[i];
    return all;
  }();
  std::uint32_t stream_ = 0;
  int op_ = 0;
};

}  // namespace

TEST_CASE("live queries end at the truth, with one connection", "[client][watch][property]") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    test::SyncHost host;
    Play play(host, seed);
    for (int step = 0; step < 60; ++step) play.Step();
    play.Finish();
  }
}

TEST_CASE("live queries end at the truth, with readers beside the writer", "[client][watch][property]") {
  const auto path = std::filesystem::temp_directory_path() / "skerry-laws-test.db";
  for (std::uint64_t seed = 101; seed <= 110; ++seed) {
    INFO("seed " << seed);
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
    test::ClientHost host(Json::object({{"path", path.string()}}));
    host.ApplySchema(test::ListsSchema());
    Play play(host, seed);
    for (int step = 0; step < 60; ++step) play.Step();
    play.Finish();
  }
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
}

}  // namespace skerry
