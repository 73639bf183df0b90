#include "engine.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

struct Requests {
  Engine engine;

  Requests() { engine.Deploy(); }

  std::int64_t Ask(const std::string& user, std::optional<std::int64_t> supplied, const std::string& head,
                   std::int64_t at = 0) {
    storage::WriteCheckpointRequest request{.user_key = user};
    if (supplied) request.supplied = WriteCheckpoint{*supplied};
    const auto ids =
        Must(engine.writer->StoreWriteCheckpoints({&request, 1}, head, {.wall = std::chrono::seconds(at)}));
    return Raw(ids.at(0));
  }
  void Reach(const std::string& position) {
    Must(engine.writer->Begin());
    Must(engine.writer->Publish(position));
  }
  // 0: no news.
  std::int64_t Acknowledged(const std::string& user) {
    const auto id = Must(Must(engine.reader->Open())->AcknowledgedWrite(user));
    return id ? Raw(*id) : 0;
  }
};

}  // namespace

TEST_CASE("W19 W20: an id is acknowledged once its position is reached, the newest only", "[storage][W19][W20][I10]") {
  Requests requests;
  CHECK(requests.Ask("u/c", std::nullopt, "05") == 1);
  CHECK(requests.Acknowledged("u/c") == 0);
  CHECK(requests.Ask("u/c", std::nullopt, "07") == 2);
  requests.Reach("06");
  CHECK(requests.Acknowledged("u/c") == 0);
  requests.Reach("07");
  CHECK(requests.Acknowledged("u/c") == 2);
  CHECK(requests.Acknowledged("u/d") == 0);
  CHECK(requests.Ask("u/d", std::nullopt, "07") == 1);
  CHECK(requests.Acknowledged("u/d") == 1);
}

TEST_CASE("W21: of the ids that a client supplies the greatest stays", "[storage][W21][I11][P-111]") {
  Requests requests;
  CHECK(requests.Ask("u", 7, "05") == 7);
  CHECK(requests.Ask("u", 1, "09") == 7);
  requests.Reach("06");
  CHECK(requests.Acknowledged("u") == 7);  // The smaller one did not move the position.
  CHECK(requests.Ask("u", 7, "09") == 7);
  CHECK(requests.Acknowledged("u") == 7);
  CHECK(requests.Ask("u", 8, "09") == 8);
  CHECK(requests.Acknowledged("u") == 0);
  requests.Reach("09");
  CHECK(requests.Acknowledged("u") == 8);
  // The service counts on from what the client supplied.
  CHECK(requests.Ask("u", std::nullopt, "09") == 9);
  CHECK(requests.Ask("m", 9223372036854775807, "09") == 9223372036854775807);
  storage::WriteCheckpointRequest one{.user_key = "m"};
  CHECK_FALSE(requests.engine.writer->StoreWriteCheckpoints({&one, 1}, "09", {}).ok());
}

TEST_CASE("requests survive a restart and a new deployment; supplied ones expire", "[storage][P-115]") {
  Requests requests;
  requests.Ask("counted", std::nullopt, "00", 100);
  requests.Ask("supplied", 4, "00", 100);
  requests.Ask("renewed", 4, "00", 100);
  requests.Ask("renewed", 4, "00", 200);
  requests.engine.Reopen();
  CHECK(requests.Acknowledged("supplied") == 4);
  Must(requests.engine.writer->ExpireWriteCheckpoints(std::chrono::seconds(150)));
  CHECK(requests.Acknowledged("supplied") == 0);
  CHECK(requests.Acknowledged("renewed") == 4);
  CHECK(requests.Acknowledged("counted") == 1);
  requests.engine.Deploy("other plan");
  CHECK(requests.Ask("counted", std::nullopt, "00") == 2);
}

TEST_CASE("positions of another source count as reached, since they mean nothing any more", "[storage]") {
  Requests requests;
  CHECK(requests.Ask("u", std::nullopt, "99") == 1);
  requests.engine.Deploy("plan", "another source");
  CHECK(requests.Acknowledged("u") == 1);
}
