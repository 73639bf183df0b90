#include "unit/protocol/lines.h"

namespace skerry::protocol {
namespace {

using bucket::Checksum;
using bucket::OpKind;
using test::Decoded;

std::string Fault(std::string_view json) { return test::Fault(Encoding::kNdjson, json); }

TEST_CASE("a checkpoint is read with all its members", "[protocol]") {
  const Decoded<bucket::Checkpoint> line(
      R"({"checkpoint":{"last_op_id":"9223372036854775807","write_checkpoint":"12","buckets":[
        {"bucket":"1#a|0[\"x\"]","checksum":-131038481,"count":2,"priority":1,"subscriptions":[{"default":0},{"sub":3}]},
        {"bucket":"b","checksum":7}],
        "streams":[{"name":"s","is_default":true,"errors":[]},
          {"name":"t","is_default":false,"errors":[{"subscription":"default","message":"m1"},{"subscription":2,"message":"m2"}]}]}})");
  CHECK(line->last_op_id == OpId{INT64_MAX});
  CHECK(line->write_checkpoint == WriteCheckpoint{12});
  REQUIRE(line->buckets.size() == 2);
  const bucket::BucketState& a = line->buckets[0];
  CHECK(a.name == "1#a|0[\"x\"]");
  CHECK(a.checksum == Checksum{4163928815});
  CHECK(a.count == 2);
  CHECK(a.priority == 1);
  CHECK(a.reasons == std::vector<bucket::Reason>{{true, 0}, {false, 3}});
  const bucket::BucketState& b = line->buckets[1];
  CHECK_FALSE(b.count.has_value());
  CHECK(b.priority == 3);
  CHECK(b.reasons.empty());
  REQUIRE(line->streams.size() == 2);
  CHECK(line->streams[0].is_default);
  REQUIRE(line->streams[1].errors.size() == 2);
  CHECK_FALSE(line->streams[1].errors[0].subscription.has_value());
  CHECK(line->streams[1].errors[1].subscription == 2);
  CHECK(line->streams[1].errors[1].message == "m2");
}

TEST_CASE("null stands for absent wherever absence is allowed", "[protocol][P-039]") {
  const Decoded<bucket::Checkpoint> checkpoint(
      R"({"checkpoint":{"last_op_id":"1","write_checkpoint":null,"streams":null,
          "buckets":[{"bucket":"b","checksum":0,"count":null,"priority":null,"subscriptions":null}]}})");
  CHECK_FALSE(checkpoint->write_checkpoint.has_value());
  CHECK_FALSE(checkpoint->buckets[0].count.has_value());
  CHECK(checkpoint->buckets[0].priority == 3);
  const Decoded<DataLine> data(
      R"({"data":{"bucket":"b","has_more":null,"after":null,"next_after":null,"data":[
          {"op_id":"1","op":"PUT","object_type":null,"object_id":"x","subkey":null,"data":null,"checksum":1}]}})");
  CHECK_FALSE(data->after.has_value());
  const bucket::Operation& op = data->operations.at(0);
  CHECK_FALSE(bucket::HasKey(op));
  CHECK(op.object_id == "x");
  CHECK_FALSE(op.subkey.has_value());
  CHECK_FALSE(op.data.has_value());
}

TEST_CASE("a diff is read", "[protocol]") {
  const Decoded<bucket::CheckpointDiff> line(
      R"({"checkpoint_diff":{"last_op_id":"5","write_checkpoint":"1","removed_buckets":["a\u0062",""],
          "updated_buckets":[{"bucket":"c","checksum":1.0,"priority":0}]}})");
  CHECK(line->removed_buckets == std::vector<std::string>{"ab", ""});
  CHECK(line->updated_buckets.at(0).priority == 0);
  CHECK(line->write_checkpoint == WriteCheckpoint{1});
}

TEST_CASE("operations are read with their texts as they are", "[protocol][P-063][P-065]") {
  const std::string json =
      R"({"data":{"bucket":"b","after":"0","has_more":true,"next_after":"4","unknown":{"x":[1]},"data":[
        {"op_id":"1","op":"PUT","object_type":"lists","object_id":"l1","checksum":4294967295,"subkey":"s","data":"{\"a\": 9007199254740993, \"b\":\"\\u00e9\"}"},
        {"op_id":"2","op":"REMOVE","object_type":"lists","object_id":"l1","checksum":2,"subkey":"s","data":null},
        {"op_id":"3","op":"MOVE","checksum":3,"data":"{\"target\":\"9\"}","object_type":"x"},
        {"checksum":4,"op":"CLEAR","op_id":"4"}]}})";
  const Decoded<DataLine> line(json);
  CHECK(line->bucket == "b");
  CHECK(line->has_more);
  CHECK(line->after == OpId{0});
  CHECK(line->next_after == OpId{4});
  REQUIRE(line->operations.size() == 4);
  const bucket::Operation& put = line->operations[0];
  CHECK(put.id == OpId{1});
  CHECK(put.kind == OpKind::kPut);
  CHECK(put.object_type == "lists");
  CHECK(put.object_id == "l1");
  CHECK(put.subkey == "s");
  CHECK(put.data == R"({"a": 9007199254740993, "b":"\u00e9"})");
  CHECK(put.checksum == Checksum{4294967295});
  CHECK(line->operations[1].kind == OpKind::kRemove);
  CHECK_FALSE(line->operations[1].data.has_value());
  const bucket::Operation& move = line->operations[2];
  CHECK(move.kind == OpKind::kMove);
  CHECK_FALSE(move.data.has_value());
  CHECK_FALSE(bucket::HasKey(move));
  CHECK(line->operations[3].kind == OpKind::kClear);
}

TEST_CASE("operations keep their texts while a line of any size is decoded", "[protocol][P-057]") {
  CHECK(Decoded<DataLine>(R"({"data":{"bucket":"b","data":[]}})")->operations.empty());
  std::string json = R"({"data":{"bucket":"b\n","data":[)";
  for (int i = 1; i <= 5000; ++i) {
    const std::string n = std::to_string(i);
    json += (i == 1 ? "" : ",") + std::string(R"({"op_id":")") + n +
            R"(","op":"PUT","object_type":"t\t","object_id":"\u0069)" + n + R"(","checksum":1,"data":"{\"n\":)" + n +
            R"(}"})";
  }
  json += "]}}";
  const Decoded<DataLine> line(json);
  CHECK(line->bucket == "b\n");
  REQUIRE(line->operations.size() == 5000);
  for (int i = 1; i <= 5000; ++i) {
    const bucket::Operation& op = line->operations[static_cast<std::size_t>(i - 1)];
    REQUIRE(op.object_type == "t\t");
    REQUIRE(op.object_id == "i" + std::to_string(i));
    REQUIRE(op.data == "{\"n\":" + std::to_string(i) + "}");
  }
}

TEST_CASE("a row of many megabytes passes", "[protocol]") {
  const std::string row(15u << 20, 'x');
  const std::string escapes(1u << 20, '\n');
  std::string escaped;
  for (std::size_t i = 0; i < escapes.size(); ++i) escaped += "\\n";
  const Decoded<DataLine> line(
      R"({"data":{"bucket":"b","data":[{"op_id":"1","op":"PUT","object_type":"t","object_id":"i","checksum":1,"data":")" +
      row + escaped + R"("}]}})");
  CHECK(*line->operations.at(0).data == row + escapes);
}

TEST_CASE("nested row data keeps its text", "[protocol][P-067]") {
  const std::string json =
      R"({"data":{"bucket":"b","data":[{"op_id":"1","op":"PUT","object_type":"t","object_id":"i","checksum":1,"data":{"a": [1.0, 9007199254740993]}}]}})";
  CHECK(Decoded<DataLine>(json)->operations.at(0).data == R"({"a": [1.0, 9007199254740993]})");
}

TEST_CASE("completion and keepalive lines are read", "[protocol][P-103]") {
  CHECK(Decoded<CheckpointComplete>(R"({"checkpoint_complete":{"last_op_id":"3"}})")->last_op_id == OpId{3});
  const Decoded<PartialCheckpointComplete> partial(
      R"({"partial_checkpoint_complete":{"last_op_id":"3","priority":0,"more":1}})");
  CHECK(partial->last_op_id == OpId{3});
  CHECK(partial->priority == 0);
  using std::chrono::seconds;
  CHECK(Decoded<TokenExpiresIn>(R"({"token_expires_in":3540})")->left == seconds{3540});
  CHECK(Decoded<TokenExpiresIn>(R"({"token_expires_in":0})")->left == seconds{0});
  CHECK(Decoded<TokenExpiresIn>(R"({"token_expires_in":-5.0})")->left == seconds{-5});
}

TEST_CASE("a line of an unknown kind is named and changes nothing", "[protocol][P-050]") {
  CHECK(Decoded<UnknownLine>(R"({"future":{"a":[1,{"b":null}]}})")->key == "future");
  CHECK(Decoded<UnknownLine>(R"({"fu\u0074ure":1})")->key == "future");
  CHECK(Decoded<UnknownLine>(R"({"":1})")->key.empty());
  CHECK(Fault(R"({"future":{"a":[1,}})") == "the sync line is not valid: expected a value at byte 18");
}

TEST_CASE("a checksum is read signed, unsigned or as a float without fraction", "[protocol][P-073]") {
  const auto read = [](const std::string& number) {
    return Decoded<bucket::CheckpointDiff>(
               R"({"checkpoint_diff":{"last_op_id":"1","removed_buckets":[],"updated_buckets":[{"bucket":"b","checksum":)" +
               number + "}]}}")
        ->updated_buckets.at(0)
        .checksum;
  };
  CHECK(read("-1") == Checksum{4294967295});
  CHECK(read("-1.0") == Checksum{4294967295});
  CHECK(read("4294967295") == Checksum{4294967295});
  CHECK(read("3573495687") == Checksum{3573495687});
  CHECK(read("3573495687.0") == Checksum{3573495687});
  CHECK(read("-721471609.0") == Checksum{3573495687});
  CHECK(read("-131038481") == Checksum{4163928815});
  CHECK(read("-2147483648") == Checksum{2147483648});
  CHECK(read("4.294967295e9") == Checksum{4294967295});
  CHECK(read("0") == Checksum{0});
}

TEST_CASE("a faulty line is refused with the member at fault", "[protocol][P-050][P-051][P-052][P-064][P-073][P-084]") {
  struct Case {
    std::string json;
    std::string fault;  // Part of the message.
  };
  const auto op = [](const std::string& members) { return R"({"data":{"bucket":"b","data":[{)" + members + "}]}}"; };
  const auto bucket = [](const std::string& members) {
    return R"({"checkpoint":{"last_op_id":"1","buckets":[{)" + members + "}]}}";
  };
  for (
      const Case& c : std::vector<Case>{
          {"", "the sync line is not valid: expected an object"},
          {"[]", "the sync line is not valid: expected an object"},
          {"null", "expected an object"},
          {"{}", "it is empty"},
          {R"({"checkpoint_complete":{"last_op_id":"1"},"data":1})", "it has a second key"},
          {R"({"future":1,"checkpoint_complete":{"last_op_id":"1"}})", "it has a second key"},
          {R"({"checkpoint_complete":{"last_op_id":"1"}} x)", "unexpected text after the value"},
          {R"({"checkpoint_complete":{"last_op_id":"1"})", "unexpected end"},
          {R"({"checkpoint_complete":{"last_op_id":1}})",
           "member checkpoint_complete.last_op_id of the sync line is not valid: expected a string"},
          {R"({"checkpoint_complete":{"last_op_id":"1.0"}})", "checkpoint_complete.last_op_id"},
          {R"({"checkpoint_complete":{"last_op_id":""}})", "checkpoint_complete.last_op_id"},
          {R"({"checkpoint_complete":{"last_op_id":"9223372036854775808"}})", "expected a decimal number of 64 bits"},
          {R"({"checkpoint_complete":{"last_op_id":null}})", "expected a string"},
          {R"({"checkpoint_complete":{}})",
           "checkpoint_complete.last_op_id of the sync line is not valid: it is missing"},
          {R"({"checkpoint_complete":{"last_op_id":"1","last_op_id":"1"}})",
           "checkpoint_complete.last_op_id of the sync line is not valid: it stands twice"},
          {R"({"checkpoint_complete":null})",
           "member checkpoint_complete of the sync line is not valid: expected an object"},
          {R"({"checkpoint":{"last_op_id":"1"}})", "checkpoint.buckets"},
          {R"({"checkpoint":{"buckets":[]}})", "checkpoint.last_op_id"},
          {R"({"checkpoint":{"last_op_id":"1","buckets":{}}})",
           "checkpoint.buckets of the sync line is not valid: expected an array"},
          {R"({"checkpoint":{"last_op_id":"1","buckets":[],"write_checkpoint":5}})", "checkpoint.write_checkpoint"},
          {R"({"checkpoint":{"last_op_id":"1","buckets":[],"streams":[{"name":"s","is_default":1,"errors":[]}]}})",
           "checkpoint.streams.is_default"},
          {R"({"checkpoint":{"last_op_id":"1","buckets":[],"streams":[{"name":"s","is_default":true}]}})",
           "checkpoint.streams.errors"},
          {R"({"checkpoint":{"last_op_id":"1","buckets":[],"streams":[{"name":"s","is_default":true,"errors":[{"subscription":true,"message":""}]}]}})",
           "checkpoint.streams.errors.subscription"},
          {R"({"checkpoint_diff":{"last_op_id":"1","removed_buckets":[]}})", "checkpoint_diff.updated_buckets"},
          {R"({"checkpoint_diff":{"last_op_id":"1","updated_buckets":[]}})", "checkpoint_diff.removed_buckets"},
          {R"({"checkpoint_diff":{"last_op_id":"1","updated_buckets":[],"removed_buckets":[1]}})",
           "checkpoint_diff.removed_buckets"},
          {bucket(R"("bucket":"b")"), "checkpoint.buckets.checksum"},
          {bucket(R"("checksum":1)"), "checkpoint.buckets.bucket"},
          {bucket(R"("bucket":"b","checksum":"1")"), "checkpoint.buckets.checksum"},
          {bucket(R"("bucket":"b","checksum":0.5)"), "checkpoint.buckets.checksum"},
          {bucket(R"("bucket":"b","checksum":4294967296)"),
           "checkpoint.buckets.checksum of the sync line is not valid: the number is out of range"},
          {bucket(R"("bucket":"b","checksum":-2147483649)"), "checkpoint.buckets.checksum"},
          {bucket(R"("bucket":"b","checksum":NaN)"), "checkpoint.buckets.checksum"},
          {bucket(R"("bucket":"b","checksum":1e400)"), "checkpoint.buckets.checksum"},
          {bucket(R"("bucket":"b","checksum":1,"priority":-1)"), "checkpoint.buckets.priority"},
          {bucket(R"("bucket":"b","checksum":1,"priority":2147483647)"), "checkpoint.buckets.priority"},
          {bucket(R"("bucket":"b","checksum":1,"priority":"1")"), "checkpoint.buckets.priority"},
          {bucket(R"("bucket":"b","checksum":1,"count":-1)"), "checkpoint.buckets.count"},
          {bucket(R"("bucket":"b","checksum":1,"subscriptions":[{"sub":"0"}])"),
           "checkpoint.buckets.subscriptions.sub"},
          {bucket(R"("bucket":"b","checksum":1,"subscriptions":[3])"), "checkpoint.buckets.subscriptions"},
          {R"({"partial_checkpoint_complete":{"last_op_id":"1"}})", "partial_checkpoint_complete.priority"},
          {R"({"partial_checkpoint_complete":{"last_op_id":"1","priority":2147483647}})",
           "partial_checkpoint_complete.priority"},
          {R"({"token_expires_in":"60"})", "member token_expires_in of"},
          {R"({"token_expires_in":1.5})", "member token_expires_in of"},
          {R"({"token_expires_in":9223372036854775807})", "member token_expires_in of"},
          {R"({"data":{"data":[]}})", "data.bucket"},
          {R"({"data":{"bucket":"b"}})", "data.data"},
          {R"({"data":{"bucket":"b","data":null}})", "data.data"},
          {R"({"data":{"bucket":"b","data":[],"after":0}})", "data.after"},
          {R"({"data":{"bucket":"b","data":[],"has_more":0}})", "data.has_more"},
          {op(R"("op":"PUT","checksum":1)"), "data.data.op_id of the sync line is not valid: it is missing"},
          {op(R"("op_id":"1","checksum":1)"), "data.data.op of"},
          {op(R"("op_id":"1","op":"PUT")"), "data.data.checksum"},
          {op(R"("op_id":"0","op":"PUT","checksum":1)"),
           "data.data.op_id of the sync line is not valid: an op id is at least 1"},
          {op(R"("op_id":"-3","op":"PUT","checksum":1)"), "data.data.op_id"},
          {op(R"("op_id":7,"op":"PUT","checksum":1)"), "data.data.op_id"},
          {op(R"("op_id":"1","op":"PATCH","checksum":1)"),
           "data.data.op of the sync line is not valid: unknown operation \"PATCH\""},
          {op(R"("op_id":"1","op":"put","checksum":1)"), "unknown operation"},
          {op(R"("op_id":"1","op":"PUT","checksum":1.25)"), "data.data.checksum"},
          {op(R"("op_id":"1","op":"PUT","checksum":1,"data":5)"), "data.data.data"},
          {op(R"("op_id":"1","op":"PUT","checksum":1,"object_id":5)"), "data.data.object_id"},
          {op(R"("op_id":"1","op":"PUT","checksum":1,"subkey":{})"), "data.data.subkey"},
      }) {
    INFO(c.json);
    const std::string fault = Fault(c.json);
    INFO(fault);
    CHECK(fault.find(c.fault) != std::string::npos);
  }
}

TEST_CASE("a line cut anywhere is refused", "[protocol][P-051]") {
  const std::string whole =
      R"({"data":{"bucket":"b","after":"0","data":[{"op_id":"1","op":"PUT","object_type":"t","object_id":"i","checksum":1,"subkey":"s","data":"{\"a\":\"\\u00e9\"}"}]}})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    INFO(cut);
    CHECK_FALSE(Fault(cut).empty());
  }
  CHECK(Fault(whole).empty());
}

TEST_CASE("a decoder that refused a line reads the next one", "[protocol]") {
  LineDecoder decoder(Encoding::kNdjson);
  CHECK_FALSE(decoder.Decode("{").ok());
  CHECK(decoder.Decode(R"({"token_expires_in":1})").ok());
}

}  // namespace
}  // namespace skerry::protocol
