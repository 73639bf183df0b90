#include "bucket/reduce.h"

#include "support/catch.h"

namespace skerry::bucket {
namespace {

Operation Op(OpKind kind, std::int64_t id, std::uint32_t checksum) {
  Operation op;
  op.kind = kind;
  op.id = OpId{id};
  op.checksum = Checksum{checksum};
  return op;
}

Operation RowOp(OpKind kind, std::int64_t id, std::uint32_t checksum, std::string_view row,
                std::optional<std::string_view> subkey = std::nullopt) {
  Operation op = Op(kind, id, checksum);
  op.object_type = "todos";
  op.object_id = row;
  op.subkey = subkey;
  if (kind == OpKind::kPut) op.data = "{}";
  return op;
}

ReducedBucket Reduce(const std::vector<Operation>& ops) {
  ReducedBucket bucket;
  for (const Operation& op : ops) bucket.Apply(op);
  return bucket;
}

TEST_CASE("a PUT takes the place of the older one of its row", "[bucket][C-100]") {
  const ReducedBucket bucket = Reduce({RowOp(OpKind::kPut, 1, 10, "t1"), RowOp(OpKind::kPut, 2, 20, "t1")});
  REQUIRE(bucket.puts().size() == 1);
  CHECK(bucket.puts().begin()->first == OpId{2});
  CHECK(bucket.remainder() == Checksum{10});
  CHECK(bucket.standing() == Checksum{20});
  CHECK(bucket.checksum() == Checksum{30});
}

TEST_CASE("a REMOVE drops the PUT of its row and counts both", "[bucket][C-100]") {
  const ReducedBucket bucket = Reduce({RowOp(OpKind::kPut, 1, 10, "t1"), RowOp(OpKind::kRemove, 2, 20, "t1"),
                                       RowOp(OpKind::kRemove, 3, 5, "never seen")});
  CHECK(bucket.puts().empty());
  CHECK(bucket.remainder() == Checksum{35});
}

TEST_CASE("a CLEAR starts anew with its own checksum", "[bucket][C-100]") {
  const ReducedBucket bucket = Reduce({RowOp(OpKind::kPut, 1, 10, "t1"), Op(OpKind::kMove, 2, 20),
                                       Op(OpKind::kClear, 3, 7), RowOp(OpKind::kPut, 4, 1, "t1")});
  CHECK(bucket.puts().size() == 1);
  CHECK(bucket.remainder() == Checksum{7});
  CHECK(bucket.standing() == Checksum{1});
}

TEST_CASE("subkeys tell rows apart, and an absent one is the text null", "[bucket][C-104]") {
  ReducedBucket bucket = Reduce(
      {RowOp(OpKind::kPut, 1, 1, "t1", "a"), RowOp(OpKind::kPut, 2, 2, "t1", "b"), RowOp(OpKind::kPut, 3, 4, "t1")});
  CHECK(bucket.puts().size() == 3);
  bucket.Apply(RowOp(OpKind::kPut, 4, 8, "t1", "null"));
  CHECK(bucket.puts().size() == 3);
  CHECK(bucket.puts().count(OpId{3}) == 0);
}

TEST_CASE("an operation without type or id never supersedes and is never superseded", "[bucket][C-104]") {
  Operation untyped = RowOp(OpKind::kPut, 1, 1, "t1");
  untyped.object_type = {};
  Operation again = untyped;
  again.id = OpId{2};
  Operation removal = RowOp(OpKind::kRemove, 3, 4, "t1");
  removal.object_type = {};
  const ReducedBucket bucket = Reduce({untyped, again, removal});
  CHECK(bucket.puts().size() == 2);
  CHECK(bucket.remainder() == Checksum{4});
  CHECK(bucket.checksum() == Checksum{6});
}

TEST_CASE("an empty type or id is one like any other", "[bucket][C-104]") {
  Operation first = RowOp(OpKind::kPut, 1, 1, "");
  first.object_type = "";
  Operation second = first;
  second.id = OpId{2};
  CHECK(HasKey(first));
  CHECK(Reduce({first, second}).puts().size() == 1);
}

TEST_CASE("the key joins type, id and subkey without escaping", "[bucket][C-104]") {
  std::string key;
  AppendKey(key, RowOp(OpKind::kPut, 1, 1, "a/b", "s"));
  CHECK(key == "todos/a/b/s");
  key.clear();
  AppendKey(key, RowOp(OpKind::kPut, 1, 1, "t1"));
  CHECK(key == "todos/t1/null");
}

// Section 16 of the protocol: the bucket todos before compaction, after its first step, and after both.
TEST_CASE("the worked example comes to the same by all three histories", "[bucket][P-062]") {
  const Operation put2 = RowOp(OpKind::kPut, 2, 544833942, "t1", "s1");
  const Operation put3 = RowOp(OpKind::kPut, 3, 3619094873, "t2", "s2");
  const Operation put4 = RowOp(OpKind::kPut, 4, 3990193410, "t1", "s1");
  const Operation remove5 = RowOp(OpKind::kRemove, 5, 1350051779, "t2", "s2");
  const std::vector<std::vector<Operation>> histories = {
      {put2, put3, put4, remove5},
      {Op(OpKind::kMove, 2, 544833942), Op(OpKind::kMove, 3, 3619094873), put4, remove5},
      {Op(OpKind::kClear, 3, 4163928815), put4, remove5},
  };
  for (const auto& history : histories) {
    const ReducedBucket bucket = Reduce(history);
    CHECK(bucket.puts() == Reduce(histories[0]).puts());
    CHECK(bucket.remainder() == Checksum{1219013298});
    CHECK(bucket.standing() == Checksum{3990193410});
    CHECK(bucket.checksum() == Checksum{914239412});
  }
}

}  // namespace
}  // namespace skerry::bucket
