#include "store/operation_block.h"

#include "support/catch.h"
#include "support/download_rig.h"

namespace skerry::test {
namespace {

TEST_CASE("operations come out of a block as they went in", "[store]") {
  const std::vector<Op> operations = {
      Put(1, "lists", "l1", R"({"name":"x"})"), WithSubkey(Put(9223372036854775807, "t", "", ""), ""),
      WithSubkey(Remove(3, "lists", std::string(300, 'i')), "null"), Clear(4, 0xffffffff),
      Put(5, "", std::string("a\0b", 3), std::string(100'000, 'd'))};
  std::string block;
  for (const Op& op : operations) store::AppendOperation(block, op.View());
  store::BlockReader reader(block);
  bucket::Operation read;
  for (const Op& op : operations) {
    REQUIRE(reader.Next(read));
    const bucket::Operation written = op.View();
    CHECK(read.id == written.id);
    CHECK(read.kind == written.kind);
    CHECK(read.object_type == written.object_type);
    CHECK(read.object_id == written.object_id);
    CHECK(read.subkey == written.subkey);
    CHECK(read.data == written.data);
    CHECK(read.checksum == written.checksum);
  }
  CHECK_FALSE(reader.Next(read));
  CHECK_FALSE(reader.is_damaged());
}

TEST_CASE("a block cut anywhere reads up to the cut and never beyond", "[store]") {
  std::string block;
  std::vector<std::size_t> ends = {0};
  for (std::int64_t id = 1; id <= 3; ++id) {
    store::AppendOperation(block, WithSubkey(PutList(id * 1000, "row", "name"), "s").View());
    ends.push_back(block.size());
  }
  for (std::size_t cut = 0; cut <= block.size(); ++cut) {
    const std::string part = block.substr(0, cut);  // Its own memory, so that a sanitizer sees a read past the end.
    store::BlockReader reader(part);
    bucket::Operation read;
    std::size_t count = 0;
    while (reader.Next(read)) ++count;
    const bool is_whole = std::find(ends.begin(), ends.end(), cut) != ends.end();
    CHECK(reader.is_damaged() == !is_whole);
    CHECK(count == static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin()) - 1);
  }
}

TEST_CASE("a damaged block stops the publish with a typed error and leaves the tables alone", "[store]") {
  DownloadRig rig;
  rig.Line("a", {PutList(1, "l1", "x")});
  rig.Flush();
  rig.local.OwnSql("UPDATE ps_pending SET block = CAST(substr(block, 1, length(block) - 1) AS BLOB)");
  const auto result = rig.TryComplete(rig.Checkpoint({"a"}));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::kStorageCorrupt);
  CHECK(rig.Lists().empty());
  CHECK_FALSE(rig.local.db->InTransaction());
}

}  // namespace
}  // namespace skerry::test
