// A deployment that is made in a file of its own and takes over from the present one.
#include "storage/succession.h"

#include <filesystem>

#include "engine.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;
using Lines = std::vector<std::string>;

namespace {

constexpr char kOld[] = "1#my_boats|0[\"u1\"]";
constexpr char kNew[] = "2#my_boats|0[\"u1\"]";

void Publish(storage::Writer& writer, const std::string& bucket, const std::string& id, const std::string& position) {
  Must(writer.Begin());
  storage::RowState state;
  state.memberships.push_back({bucket, "boats", id, "{}"});
  Must(writer.SetRow("boats", "[\"" + id + "\"]", state));
  Must(writer.Publish(position));
}

// A present deployment with one row, two requests and a note.
struct Present : Engine {
  Present() {
    Deploy();
    Publish(*writer, kOld, "b1", "01");
    const storage::WriteCheckpointRequest asked{.user_key = "u1/c1"};
    const storage::WriteCheckpointRequest supplied{.user_key = "u2/c2", .supplied = WriteCheckpoint{40}};
    Must(writer->StoreWriteCheckpoints({&asked, 1}, "01", {}));
    Must(writer->StoreWriteCheckpoints({&supplied, 1}, "03", {}));
    Must(writer->SetSourceNote("slot_a"));
  }
  // One that has published a row of its own.
  std::unique_ptr<storage::Writer> Successor() {
    auto next = Must(writer->OpenSuccessor());
    Must(next->SetSourceNote("slot_b"));
    Must(next->Begin());
    Must(next->StartDeployment("other plan", "source"));
    Must(next->PutTable({"boats", kTableId, "{}"}));
    Must(next->Publish("00"));
    Publish(*next, kNew, "b1", "02");
    return next;
  }
  std::int64_t Acknowledged(const std::string& user_key) {
    const auto id = Must(Must(reader->Open())->AcknowledgedWrite(user_key));
    return id ? Raw(*id) : 0;
  }
  bool Exists(const std::string& suffix) { return std::filesystem::exists(path + suffix); }
};

}  // namespace

TEST_CASE("two deployments grow side by side, the later with numbers of its own", "[storage][succession][W25][I2]") {
  Present present;
  auto next = present.Successor();
  CHECK(next->deployment().number == 2);
  CHECK(Raw(next->checkpoint().op) > 1'000'000);
  Publish(*present.writer, kOld, "b2", "02");
  CHECK(present.Log(kOld) == Lines{"1 PUT boats/b1 {}", "2 PUT boats/b2 {}"});
  CHECK(present.Total(kNew).count == 0);
  auto reader = Must(storage::OpenSqliteReader(storage::SuccessorPath(present.path)));
  CHECK(Must(reader->Open())->checkpoint().deployment == 2);
}

TEST_CASE("who takes over has the write checkpoints and the note, also after a restart",
          "[storage][succession][W25][I10]") {
  Present present;
  {
    auto next = present.Successor();
    Must(next->TakeOver(Must(present.writer->Bequeath()), storage::WriteCheckpointMode::kManaged));
    present.reader.reset();
    present.writer.reset();
    // The lock is its own now.
    CHECK(storage::OpenSqliteWriter(present.path).error().code == ErrorCode::kStorageBusy);
  }
  present.Reopen();
  CHECK_FALSE(present.Exists("-next"));
  CHECK(present.writer->deployment().number == 2);
  CHECK(present.writer->deployment().plan == "other plan");
  CHECK(Must(present.writer->SourceNote()) == "slot_b slot_a");
  CHECK(present.Total(kNew).count == 1);
  CHECK(present.Acknowledged("u1/c1") == 1);
  CHECK(present.Acknowledged("u2/c2") == 0);  // Its position is not reached.
  Publish(*present.writer, kNew, "b2", "03");
  CHECK(present.Acknowledged("u2/c2") == 40);
}

TEST_CASE("who takes over with custom write checkpoints acknowledges nothing that was counted",
          "[storage][succession][I10]") {
  Present present;
  {
    auto next = present.Successor();
    Must(next->Begin());
    Must(next->RaiseWriteCheckpoint("u1/c1", WriteCheckpoint{7}));
    Must(next->Publish("02"));
    Must(next->TakeOver(Must(present.writer->Bequeath()), storage::WriteCheckpointMode::kCustom));
    present.reader.reset();
    present.writer.reset();
  }
  present.Reopen();
  Publish(*present.writer, kNew, "b2", "04");
  CHECK(present.Acknowledged("u1/c1") == 7);
  CHECK(present.Acknowledged("u2/c2") == 0);
}

TEST_CASE("a successor that did not take over changes nothing, and is continued or discarded",
          "[storage][succession][W26]") {
  Present present;
  present.Successor().reset();
  present.Reopen();
  CHECK(present.writer->deployment().number == 1);
  CHECK(present.Log(kOld) == Lines{"1 PUT boats/b1 {}"});
  {
    auto next = Must(present.writer->OpenSuccessor());
    CHECK(next->checkpoint().position == "02");
    CHECK(Must(next->SourceNote()) == "slot_b");
  }
  Must(present.writer->DiscardSuccessor());
  CHECK_FALSE(present.Exists("-next"));
  CHECK(Must(present.writer->SourceNote()) == "slot_a slot_b");
  Must(present.writer->DiscardSuccessor());  // There is none.
  CHECK(Must(present.writer->SourceNote()) == "slot_a slot_b");
}

TEST_CASE("a process that dies while the files change names leaves the deployment that took over",
          "[storage][succession][crash]") {
  Present present;
  {
    auto next = present.Successor();
    Must(next->TakeOver(Must(present.writer->Bequeath()), storage::WriteCheckpointMode::kManaged));
    present.reader.reset();
    present.writer.reset();
  }
  // The old file is gone, the new one has not its name yet.
  storage::RemoveStorage(present.path);
  CHECK(storage::PresentPath(present.path) == present.path + "-next");
  present.Reopen();
  CHECK(present.writer->deployment().number == 2);
  CHECK(present.Total(kNew).count == 1);
  CHECK(storage::PresentPath(present.path) == present.path);
}
