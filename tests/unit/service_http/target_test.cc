// Request targets and the requests made of them.
#include "http/target.h"

#include "http/checkpoint_request.h"
#include "http/message.h"
#include "support/catch.h"

namespace skerry::http {

TEST_CASE("a target is a path and a query", "[http]") {
  CHECK(PathOf("/a/b?c=d?e") == "/a/b");
  CHECK(PathOf("/a") == "/a");
  CHECK(QueryValue("/a?x=1&y=2", "y") == "2");
  CHECK(QueryValue("/a?x=1&x=2", "x") == "2");
  CHECK(QueryValue("/a?x", "x") == "");
  CHECK(QueryValue("/a?client%5Fid=caf%C3%A9+%2B", "client_id") == "caf\xc3\xa9 +");
  CHECK_FALSE(QueryValue("/a?xy=1", "x").has_value());
  CHECK_FALSE(QueryValue("/a", "x").has_value());
  CHECK_FALSE(QueryValue("/a?x=%", "x").has_value());
  CHECK_FALSE(QueryValue("/a?&&=&", "x").has_value());
}

TEST_CASE("a broken escape is not a text", "[http]") {
  for (const char* text : {"%", "%4", "%zz", "a%", "%4g"}) CHECK_FALSE(PercentDecode(text, false).has_value());
  CHECK(PercentDecode("a+b", false) == "a+b");
  CHECK(PercentDecode("%2e%2E", false) == "..");
}

TEST_CASE("headers are found whatever their case", "[http]") {
  const Request request{"GET", "/", {{"Content-Type", "a"}, {"content-type", "b"}}, ""};
  CHECK(request.Header("CONTENT-TYPE") == "a");
  CHECK_FALSE(request.Header("content").has_value());
}

TEST_CASE("a checkpoint request is merged from query and body, the body last", "[http][P-003][P-110]") {
  CheckpointRequestFaults faults;
  auto request = DecodeCheckpointRequest("/x?client_id=q&checkpoint_request_id=3", "{}", faults);
  REQUIRE(request.has_value());
  CHECK(request->client_id == "q");
  CHECK(request->id == WriteCheckpoint{3});
  request = DecodeCheckpointRequest(
      "/x?client_id=q", R"({"client_id":"b","checkpoint_request_id":"9223372036854775807","more":1})", faults);
  REQUIRE(request.has_value());
  CHECK(request->client_id == "b");
  CHECK(Raw(request->id) == INT64_MAX);
}

TEST_CASE("an id that is no positive 64-bit integer is refused", "[http][P-110]") {
  for (const char* id : {"0", "\"0\"", "-1", "\"-5\"", "1.5", "\"1.0\"", "9007199254740992", "\"9223372036854775808\"",
                         "null", "true", "[]", "\"\"", "\" 1\""}) {
    CheckpointRequestFaults faults;
    INFO(id);
    CHECK_FALSE(
        DecodeCheckpointRequest("/x", R"({"client_id":"c","checkpoint_request_id":)" + std::string(id) + "}", faults));
    CHECK(faults.details ==
          std::vector<std::string>{"Expected checkpoint_request_id between 1 and 9223372036854775807"});
  }
  CheckpointRequestFaults faults;
  CHECK_FALSE(DecodeCheckpointRequest("/x", "{", faults));
  CHECK(faults.not_json);
}

}  // namespace skerry::http
