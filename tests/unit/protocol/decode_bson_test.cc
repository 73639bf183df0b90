#include <cmath>
#include <cstring>
#include <limits>

#include "unit/protocol/lines.h"

namespace skerry::protocol {
namespace {

using bucket::Checksum;
using test::BsonDocument;
using test::BsonElement;
using test::BsonString;
using test::Decoded;
using test::LittleEndian;

std::string Fault(std::string_view document) { return test::Fault(Encoding::kBson, document); }

std::string FromHex(std::string_view hex) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

std::string BsonDouble(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return LittleEndian(bits, 8);
}

// A diff with one bucket whose checksum is `element`, so that every number form can be tried.
std::string WithChecksum(char type, std::string_view value) {
  const std::string state =
      BsonDocument(BsonElement(2, "bucket", BsonString("b")) + BsonElement(type, "checksum", value));
  return BsonDocument(BsonElement(
      3, "checkpoint_diff",
      BsonDocument(BsonElement(2, "last_op_id", BsonString("1")) + BsonElement(4, "removed_buckets", BsonDocument("")) +
                   BsonElement(4, "updated_buckets", BsonDocument(BsonElement(3, "0", state))))));
}

Checksum ReadChecksum(char type, std::string_view value) {
  return Decoded<bucket::CheckpointDiff>(WithChecksum(type, value), Encoding::kBson)->updated_buckets.at(0).checksum;
}

TEST_CASE("the vectors of the protocol are read", "[protocol][bson][P-035]") {
  const std::string keepalive = FromHex("1b00000010746f6b656e5f657870697265735f696e003c00000000");
  CHECK(Decoded<TokenExpiresIn>(keepalive, Encoding::kBson)->left == std::chrono::seconds{60});
  const std::string complete = FromHex(
      "3100000003636865636b706f696e745f636f6d706c6574650017000000026c6173745f6f705f69640002000000330000"
      "00");
  CHECK(complete.size() == 49);
  CHECK(Decoded<CheckpointComplete>(complete, Encoding::kBson)->last_op_id == OpId{3});
}

TEST_CASE("a checksum is read from every number type", "[protocol][bson][P-038][P-073]") {
  CHECK(ReadChecksum(0x01, FromHex("0000202be0f6ea41")) == Checksum{3619094873});
  CHECK(ReadChecksum(0x01, BsonDouble(4294967295.0)) == Checksum{4294967295});
  CHECK(ReadChecksum(0x01, BsonDouble(-1.0)) == Checksum{4294967295});
  CHECK(ReadChecksum(0x10, LittleEndian(static_cast<std::uint64_t>(-131038481), 4)) == Checksum{4163928815});
  CHECK(ReadChecksum(0x12, LittleEndian(3573495687, 8)) == Checksum{3573495687});
  CHECK(ReadChecksum(0x12, LittleEndian(static_cast<std::uint64_t>(-721471609), 8)) == Checksum{3573495687});
}

TEST_CASE("a number that is no checksum is refused", "[protocol][bson][P-073]") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.5, std::nan(""), infinity, -infinity, 4294967296.0, -2147483649.0, 9223372036854775808.0,
                             -9223372036854775808.0, 1e300}) {
    INFO(value);
    CHECK(Fault(WithChecksum(0x01, BsonDouble(value))).find("checkpoint_diff.updated_buckets.checksum") !=
          std::string::npos);
  }
  CHECK_FALSE(Fault(WithChecksum(0x12, LittleEndian(INT64_MAX, 8))).empty());
  CHECK_FALSE(Fault(WithChecksum(0x08, "\1")).empty());
  CHECK_FALSE(Fault(WithChecksum(0x0a, "")).empty());
  CHECK_FALSE(Fault(WithChecksum(0x02, BsonString("1"))).empty());
}

TEST_CASE("values of every accepted type are passed over", "[protocol][bson][P-037]") {
  const std::string zero(1, '\0');
  const std::string everything =
      BsonElement(0x01, "double", BsonDouble(1.5)) + BsonElement(0x02, "string", BsonString("x")) +
      BsonElement(0x03, "document", BsonDocument(BsonElement(0x0a, "n", ""))) +
      BsonElement(0x04, "array", BsonDocument(BsonElement(0x08, "0", "\1"))) +
      BsonElement(0x05, "binary", LittleEndian(3, 4) + zero + "abc") +
      BsonElement(0x05, "empty binary", LittleEndian(0, 4) + zero) + BsonElement(0x06, "undefined", "") +
      BsonElement(0x07, "object id", std::string(12, 'o')) + BsonElement(0x08, "boolean", zero) +
      BsonElement(0x09, "datetime", LittleEndian(1, 8)) + BsonElement(0x0a, "null", "") +
      BsonElement(0x10, "int32", LittleEndian(1, 4)) + BsonElement(0x11, "timestamp", LittleEndian(1, 8)) +
      BsonElement(0x12, "int64", LittleEndian(1, 8));
  const std::string complete = BsonDocument(BsonElement(
      3, "checkpoint_complete", BsonDocument(everything + BsonElement(2, "last_op_id", BsonString("3")) + everything)));
  CHECK(Decoded<CheckpointComplete>(complete, Encoding::kBson)->last_op_id == OpId{3});
  const std::string unknown = BsonDocument(BsonElement(3, "future", BsonDocument(everything)));
  CHECK(Decoded<UnknownLine>(unknown, Encoding::kBson)->key == "future");
}

TEST_CASE("an element of any other type is refused", "[protocol][bson][P-037]") {
  for (int type = 1; type < 256; ++type) {
    const bool is_accepted = (type >= 0x01 && type <= 0x0a) || (type >= 0x10 && type <= 0x12);
    if (is_accepted) continue;
    INFO("type " << type);
    const std::string document = BsonDocument(BsonElement(static_cast<char>(type), "future", std::string(16, '\0')));
    CHECK(Fault(document).find("unknown element type " + std::to_string(type)) != std::string::npos);
  }
}

TEST_CASE("undefined and null stand for absent", "[protocol][bson][P-039]") {
  for (const char type : {'\x06', '\x0a'}) {
    const std::string document = BsonDocument(BsonElement(
        3, "checkpoint",
        BsonDocument(BsonElement(2, "last_op_id", BsonString("1")) + BsonElement(type, "write_checkpoint", "") +
                     BsonElement(4, "buckets", BsonDocument("")) + BsonElement(type, "streams", ""))));
    CHECK_FALSE(Decoded<bucket::Checkpoint>(document, Encoding::kBson)->write_checkpoint.has_value());
  }
}

TEST_CASE("elements of an array come in document order, whatever their names", "[protocol][bson][P-040]") {
  const std::string names =
      BsonElement(2, "7", BsonString("a")) + BsonElement(2, "", BsonString("b")) + BsonElement(2, "0", BsonString("c"));
  const std::string document =
      BsonDocument(BsonElement(3, "checkpoint_diff",
                               BsonDocument(BsonElement(2, "last_op_id", BsonString("1")) +
                                            BsonElement(4, "removed_buckets", BsonDocument(names)) +
                                            BsonElement(4, "updated_buckets", BsonDocument("")))));
  CHECK(Decoded<bucket::CheckpointDiff>(document, Encoding::kBson)->removed_buckets ==
        std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("texts of operations are views into the document", "[protocol][bson][P-041]") {
  bucket::Operation op;
  op.id = OpId{1};
  op.object_type = "t";
  op.object_id = "i";
  op.data = "{\"a\":\"\\n\"}";
  DataLine line;
  line.bucket = "b";
  line.operations = {op};
  const std::string document = test::ToBson(line);
  const Decoded<DataLine> decoded(document, Encoding::kBson);
  const std::string_view data = *decoded->operations.at(0).data;
  CHECK(data == *op.data);
  CHECK(data.data() > document.data());
  CHECK(data.data() < document.data() + document.size());
}

TEST_CASE("malformed documents are refused", "[protocol][bson][P-036][P-050]") {
  struct Case {
    std::string document;
    std::string fault;
  };
  const std::string complete =
      BsonElement(3, "checkpoint_complete", BsonDocument(BsonElement(2, "last_op_id", BsonString("3"))));
  const std::string huge = LittleEndian(0x7fffffff, 4);
  const std::string negative = LittleEndian(0xffffffff, 4);
  const std::string zero(1, '\0');
  for (const Case& c : std::vector<Case>{
           {"", "reaches beyond"},
           {LittleEndian(4, 4), "a length is too small"},
           {negative + zero, "a length is too small"},
           {huge + zero, "a document reaches beyond its parent"},
           {BsonDocument(""), "it is empty"},
           {LittleEndian(5, 4) + "x", "a document does not end with a zero byte"},
           {BsonDocument(complete) + zero, "unexpected bytes after the document"},
           {BsonDocument(complete + BsonElement(0x0a, "x", "")), "it has a second key"},
           {BsonDocument("\x0a"
                         "endless"),
            "an element's name has no end"},
           {BsonDocument(std::string("\x0a", 1)), "an element's name has no end"},
           {BsonDocument(BsonElement(2, "x", huge)), "reaches beyond"},
           {BsonDocument(BsonElement(2, "x", negative)), "a length is too small"},
           {BsonDocument(BsonElement(2, "x", LittleEndian(0, 4))), "a length is too small"},
           {BsonDocument(BsonElement(2, "x", LittleEndian(2, 4) + "ab")), "a string does not end with a zero byte"},
           {BsonDocument(BsonElement(3, "x", huge)), "reaches beyond"},
           {BsonDocument(BsonElement(3, "x", LittleEndian(3, 4))), "a length is too small"},
           {BsonDocument(BsonElement(5, "x", huge + zero)), "reaches beyond"},
           {BsonDocument(BsonElement(5, "x", negative + zero)), "a length is too small"},
           {BsonDocument(BsonElement(8, "x", "\2")), "expected true or false"},
           {BsonDocument(BsonElement(8, "x", "")), "reaches beyond"},
           {BsonDocument(BsonElement(7, "x", "short")), "reaches beyond"},
           {BsonDocument(BsonElement(0x10, "token_expires_in", "ab")), "reaches beyond"},
           {BsonDocument(BsonElement(3, "data", BsonDocument(BsonElement(3, "data", BsonDocument(""))))),
            "expected an array"},
           {BsonDocument(BsonElement(4, "data", BsonDocument(""))), "expected an object"},
       }) {
    const std::string fault = Fault(c.document);
    INFO(c.fault << " / " << fault);
    CHECK(fault.find(c.fault) != std::string::npos);
  }
}

TEST_CASE("nested documents have a limit and cost no stack", "[protocol][bson]") {
  const auto nested = [](int depth) {
    std::string document = BsonDocument("");
    for (int i = 0; i < depth; ++i) document = BsonDocument(BsonElement(3, "x", document));
    return document;
  };
  CHECK(Fault(nested(63)).empty());
  CHECK(Fault(nested(64)).find("too deeply nested") != std::string::npos);
  CHECK(Fault(nested(2000)).find("too deeply nested") != std::string::npos);
}

}  // namespace
}  // namespace skerry::protocol
