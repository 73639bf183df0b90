// Section 8: taking from the upload queue, completing, and moving the target after an upload.
#include "store/crud_queue.h"

#include "store/key_value.h"
#include "support/catch.h"
#include "support/local_store.h"

using namespace skerry;
using test::LocalStore;
using Lines = std::vector<std::string>;

namespace {

std::vector<std::int64_t> Ids(const std::optional<store::CrudBatch>& batch) {
  std::vector<std::int64_t> ids;
  if (batch) {
    for (const store::CrudEntry& entry : batch->entries) ids.push_back(entry.id);
  }
  return ids;
}

// Three transactions: entries 1 and 2, 3, 4 to 6.
void Fill(LocalStore& store) {
  store.Must("INSERT INTO lists(id) VALUES ('a'), ('b')");
  store.Must("INSERT INTO lists(id) VALUES ('c')");
  store.Must("INSERT INTO lists(id) VALUES ('d'), ('e'), ('f')");
}

void Complete(LocalStore& store, std::int64_t last, std::optional<WriteCheckpoint> checkpoint = std::nullopt) {
  store::CrudQueue queue(*store.db);
  auto write = sqlite::WriteTransaction::Begin(*store.db);
  REQUIRE(write.ok());
  REQUIRE(queue.Complete(*write, last, checkpoint).ok());
  REQUIRE(write->Commit().ok());
}

bool FinishTarget(LocalStore& store, std::int64_t mark, std::int64_t checkpoint) {
  store::CrudQueue queue(*store.db);
  auto write = sqlite::WriteTransaction::Begin(*store.db);
  REQUIRE(write.ok());
  auto stored = queue.FinishTargetUpdate(*write, mark, WriteCheckpoint{checkpoint});
  REQUIRE(stored.ok());
  REQUIRE(write->Commit().ok());
  return *stored;
}

}  // namespace

TEST_CASE("an empty queue has no transaction, no batch and no size", "[store][C-080][C-082][C-085]") {
  LocalStore store;
  store::CrudQueue queue(*store.db);
  CHECK_FALSE(queue.NextTransaction()->has_value());
  CHECK_FALSE(queue.NextBatch()->has_value());
  CHECK(queue.Stats()->count == 0);
  CHECK(queue.Stats()->size_bytes == 0);
  CHECK(*queue.IsEmpty());
}

TEST_CASE("the next transaction is the oldest, whole, and one can go on from there", "[store][C-080][C-081]") {
  LocalStore store;
  Fill(store);
  store::CrudQueue queue(*store.db);
  auto first = *queue.NextTransaction();
  CHECK(Ids(first) == std::vector<std::int64_t>{1, 2});
  CHECK(first->have_more);
  CHECK(first->entries[0].tx_id == TxId{1});
  CHECK(Ids(*queue.NextTransaction(2)) == std::vector<std::int64_t>{3});
  auto last = *queue.NextTransaction(3);
  CHECK(Ids(last) == std::vector<std::int64_t>{4, 5, 6});
  CHECK_FALSE(last->have_more);
  CHECK_FALSE(queue.NextTransaction(6)->has_value());
}

TEST_CASE("an entry without transaction id stands alone", "[store][C-080]") {
  LocalStore store;
  store.Must("INSERT INTO ps_crud(data) VALUES ('{\"op\":\"DELETE\",\"id\":\"1\",\"type\":\"t\"}'), ('{}')");
  store::CrudQueue queue(*store.db);
  CHECK(Ids(*queue.NextTransaction()) == std::vector<std::int64_t>{1});
  CHECK(Ids(*queue.NextTransaction(1)) == std::vector<std::int64_t>{2});
}

TEST_CASE("a batch takes the oldest entries and says exactly whether there are more", "[store][C-082]") {
  LocalStore store;
  Fill(store);
  store::CrudQueue queue(*store.db);
  auto batch = *queue.NextBatch(4);
  CHECK(Ids(batch) == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(batch->have_more);
  batch = *queue.NextBatch(6);
  CHECK(Ids(batch).size() == 6);
  CHECK_FALSE(batch->have_more);
  CHECK_FALSE(queue.NextBatch(INT64_MAX)->value().have_more);
  CHECK(queue.NextBatch(0).error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("the size is that of the entries and 20 bytes each", "[store][C-085]") {
  LocalStore store;
  store.Must("INSERT INTO lists(id, name) VALUES ('a', 'ü')");
  store::CrudQueue queue(*store.db);
  const std::int64_t bytes = static_cast<std::int64_t>(store.Queue()[0].size());
  CHECK(queue.Stats()->size_bytes == bytes + 20);
  store.Must("INSERT INTO lists(id) VALUES ('b')");
  CHECK(queue.Stats()->count == 2);
}

TEST_CASE("an entry's JSON form carries op_id and tx_id", "[store][C-084]") {
  const store::CrudEntry entry{
      7, TxId{3}, R"({"op":"PATCH","id":"t1","type":"todos","data":{"b":1},"old":{"b":0},"metadata":"m","more":1})"};
  CHECK(*store::ToJson(entry) ==
        R"({"op_id":7,"op":"PATCH","type":"todos","id":"t1","tx_id":3,"data":{"b":1},"old":{"b":0},"metadata":"m"})");
  CHECK(*store::ToJson({8, std::nullopt, R"({"op":"DELETE","id":"1","type":"t"})"}) ==
        R"({"op_id":8,"op":"DELETE","type":"t","id":"1"})");
  CHECK(store::ToJson({9, std::nullopt, "nonsense"}).error().message.find("entry 9 of ps_crud") != std::string::npos);
}

TEST_CASE("completing removes up to the last entry and leaves the target unknown", "[store][C-083]") {
  LocalStore store;
  Fill(store);
  Complete(store, 2);
  CHECK(store.OwnRows("SELECT id FROM ps_crud") == Lines{"3", "4", "5", "6"});
  CHECK(*store::Target(*store.db) == store::kTargetUnknown);
}

TEST_CASE("a custom write checkpoint becomes the target only when the queue is empty", "[store][C-083]") {
  LocalStore store;
  Fill(store);
  Complete(store, 3, WriteCheckpoint{11});
  CHECK(*store::Target(*store.db) == store::kTargetUnknown);
  Complete(store, 6, WriteCheckpoint{12});
  CHECK(*store::Target(*store.db) == WriteCheckpoint{12});
  auto write = sqlite::WriteTransaction::Begin(*store.db);
  store::CrudQueue queue(*store.db);
  CHECK(queue.Complete(*write, 6, WriteCheckpoint{0}).error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("queue ids are never reused", "[store][C-083]") {
  LocalStore store;
  Fill(store);
  Complete(store, 6);
  store.Must("INSERT INTO lists(id) VALUES ('z')");
  CHECK(store.OwnRows("SELECT id FROM ps_crud") == Lines{"7"});
}

TEST_CASE("the target moves after an upload, unless something was written meanwhile", "[store][C-086]") {
  LocalStore store;
  store::CrudQueue queue(*store.db);
  CHECK_FALSE(queue.BeginTargetUpdate()->has_value());  // There was never a local write.
  Fill(store);
  Complete(store, 6);
  auto mark = *queue.BeginTargetUpdate();
  REQUIRE(mark == 6);
  CHECK(FinishTarget(store, *mark, 9));
  CHECK(*store::Target(*store.db) == WriteCheckpoint{9});
  CHECK_FALSE(queue.BeginTargetUpdate()->has_value());  // The target is known.

  store.Must("INSERT INTO lists(id) VALUES ('y')");
  Complete(store, 7);
  mark = *queue.BeginTargetUpdate();
  store.Must("INSERT INTO lists(id) VALUES ('z')");
  CHECK_FALSE(FinishTarget(store, *mark, 10));  // The queue is not empty.
  Complete(store, 8);
  CHECK_FALSE(FinishTarget(store, *mark, 10));  // It is again, but it was not in between.
  CHECK(*store::Target(*store.db) == store::kTargetUnknown);
}

TEST_CASE("a target of 0 removes it and a negative one is refused", "[store][C-141]") {
  LocalStore store;
  auto write = sqlite::WriteTransaction::Begin(*store.db);
  REQUIRE(store::SetTarget(*write, WriteCheckpoint{5}).ok());
  CHECK(*store::Target(*store.db) == WriteCheckpoint{5});
  CHECK(store::SetTarget(*write, WriteCheckpoint{-1}).error().code == ErrorCode::kInvalidArgument);
  REQUIRE(store::SetTarget(*write, WriteCheckpoint{0}).ok());
  CHECK_FALSE(store::Target(*store.db)->has_value());
}
