#include "unit/protocol/lines.h"

namespace skerry::protocol {
namespace {

using bucket::Checksum;
using bucket::OpKind;

std::string Json(const Line& line, bool raw_data = true) {
  std::string text;
  AppendLine(text, line, {.encoding = Encoding::kNdjson, .raw_data = raw_data});
  return text;
}

DataLine ExampleData() {
  DataLine line;
  line.bucket = "1#todos|0[\"l1\"]";
  line.after = OpId{0};
  line.next_after = OpId{4};
  bucket::Operation put;
  put.id = OpId{1};
  put.object_type = "todos";
  put.object_id = "t1";
  put.subkey = "k";
  put.data = R"({"id":"t1","n":1.0})";
  put.checksum = Checksum{3619094873};
  bucket::Operation remove = put;
  remove.id = OpId{2};
  remove.kind = OpKind::kRemove;
  remove.subkey.reset();
  remove.data.reset();
  bucket::Operation move;
  move.id = OpId{3};
  move.kind = OpKind::kMove;
  move.checksum = Checksum{3};
  bucket::Operation clear;
  clear.id = OpId{4};
  clear.kind = OpKind::kClear;
  clear.checksum = Checksum{4163928815};
  line.operations = {put, remove, move, clear};
  return line;
}

TEST_CASE("a data line has the members of a PowerSync Service in their order", "[protocol][service][P-071][P-073]") {
  CHECK(
      Json(ExampleData()) ==
      R"({"data":{"bucket":"1#todos|0[\"l1\"]","after":"0","has_more":false,"data":[)"
      R"({"op_id":"1","op":"PUT","object_type":"todos","object_id":"t1","checksum":3619094873,"subkey":"k","data":"{\"id\":\"t1\",\"n\":1.0}"},)"
      R"({"op_id":"2","op":"REMOVE","object_type":"todos","object_id":"t1","checksum":3619094873,"data":null},)"
      R"({"op_id":"3","op":"MOVE","checksum":3},{"op_id":"4","op":"CLEAR","checksum":-131038481}],"next_after":"4"}})"
      "\n");
}

TEST_CASE("without raw data the row is a nested object in NDJSON and still a string in BSON",
          "[protocol][service][P-041][P-067]") {
  CHECK(Json(ExampleData(), false).find(R"("data":{"id":"t1","n":1.0}})") != std::string::npos);
  std::string bson;
  AppendLine(bson, ExampleData(), {.encoding = Encoding::kBson, .raw_data = false});
  CHECK(bson == test::ToBson(ExampleData()));
}

TEST_CASE("stream errors name a subscription or the default", "[protocol][service][P-091]") {
  bucket::Checkpoint checkpoint;
  checkpoint.last_op_id = OpId{1};
  checkpoint.streams = {{.name = "s", .errors = {{std::nullopt, "a"}, {4, "b"}}}};
  CHECK(Json(checkpoint) ==
        R"({"checkpoint":{"last_op_id":"1","buckets":[],"streams":[{"name":"s","is_default":false,"errors":[)"
        R"({"subscription":"default","message":"a"},{"subscription":4,"message":"b"}]}]}})"
        "\n");
}

TEST_CASE("numbers in BSON are int32 or double, as JavaScript writes them", "[protocol][service][P-038]") {
  CHECK(test::ToBson(TokenExpiresIn{std::chrono::seconds{60}}) ==
        test::BsonDocument(test::BsonElement(0x10, "token_expires_in", test::LittleEndian(60, 4))));
  const std::string bytes = test::ToBson(ExampleData());
  const std::string_view large(
      "\x01"
      "checksum\0\0\0\x20\x2b\xe0\xf6\xea\x41",
      18);
  const std::string_view small(
      "\x10"
      "checksum\0\3\0\0\0",
      14);
  CHECK(bytes.find(large) != std::string::npos);
  CHECK(bytes.find(small) != std::string::npos);
}

TEST_CASE("every kind of line survives both encodings", "[protocol]") {
  bucket::Checkpoint checkpoint;
  checkpoint.last_op_id = OpId{INT64_MAX};
  checkpoint.write_checkpoint = WriteCheckpoint{9007199254740993};
  bucket::BucketState state;
  state.name = "b \"é\" \n";
  state.checksum = Checksum{0xFFFFFFFF};
  state.count = 5000000000;
  state.priority = 2147483646;
  state.reasons = {{true, 0}, {false, 7}};
  bucket::BucketState bare;
  bare.name = "bare";
  checkpoint.buckets = {state, bare};
  checkpoint.streams = {{.name = "s", .is_default = true, .errors = {{std::nullopt, "a"}, {4, "b"}}}};
  bucket::CheckpointDiff diff;
  diff.updated_buckets = {state};
  diff.removed_buckets = {"x", ""};
  const std::vector<Line> lines = {checkpoint,
                                   diff,
                                   ExampleData(),
                                   CheckpointComplete{OpId{3}},
                                   PartialCheckpointComplete{OpId{3}, 0},
                                   TokenExpiresIn{std::chrono::seconds{-1}},
                                   UnknownLine{"future"}};
  for (const Line& line : lines) {
    const std::string json = Json(line);
    INFO(json);
    LineDecoder json_decoder(Encoding::kNdjson);
    const auto from_json = json_decoder.Decode(json);
    REQUIRE(from_json.ok());
    CHECK(Json(*from_json) == json);
    const std::string bson = test::ToBson(line);
    LineDecoder bson_decoder(Encoding::kBson);
    const auto from_bson = bson_decoder.Decode(bson);
    REQUIRE(from_bson.ok());
    CHECK(Json(*from_bson) == json);
    CHECK(test::ToBson(*from_bson) == bson);
    CHECK(from_bson->index() == line.index());
  }
}

}  // namespace
}  // namespace skerry::protocol
