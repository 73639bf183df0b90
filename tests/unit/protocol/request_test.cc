#include "protocol/request.h"

#include "support/catch.h"

namespace skerry::protocol {
namespace {

// The faults of a body, joined; "not JSON"; or "" if it is accepted.
std::string Faults(std::string_view body) {
  RequestFaults faults;
  const auto request = DecodeStreamRequest(body, faults);
  if (faults.not_json) {
    CHECK_FALSE(request.has_value());
    CHECK(faults.details.empty());
    return "not JSON";
  }
  CHECK(request.has_value() == faults.details.empty());
  std::string all;
  for (const std::string& fault : faults.details) all += (all.empty() ? "" : "; ") + fault;
  return all;
}

StreamRequest Accepted(std::string_view body) {
  RequestFaults faults;
  auto request = DecodeStreamRequest(body, faults);
  INFO(body);
  REQUIRE(request.has_value());
  return *std::move(request);
}

StreamRequest Example() {
  StreamRequest request;
  request.buckets = {{"1#lists|0[\"u1\"]", OpId{3}}};
  request.client_id = "9b9c1d7e-0a0e-4f5e-8a60-2f3a1c3f7a11";
  request.parameters_json = R"({"region":"eu"})";
  request.subscriptions = {{"todos", R"({"list_id":"l1"})", std::nullopt}};
  request.app_metadata = {{"app_version", "1.4.0"}};
  return request;
}

TEST_CASE("the example of the protocol is written as it stands there", "[protocol][request]") {
  CHECK(
      EncodeStreamRequest(Example()) ==
      R"({"buckets":[{"name":"1#lists|0[\"u1\"]","after":"3"}],"include_checksum":true,"raw_data":true,"binary_data":true,)"
      R"("client_id":"9b9c1d7e-0a0e-4f5e-8a60-2f3a1c3f7a11","parameters":{"region":"eu"},)"
      R"("streams":{"include_defaults":true,"subscriptions":[{"stream":"todos","parameters":{"list_id":"l1"},"override_priority":null}]},)"
      R"("app_metadata":{"app_version":"1.4.0"}})");
}

TEST_CASE("parameters are always an object, empty metadata is left out", "[protocol][request][P-021]") {
  StreamRequest request;
  for (const char* parameters : {"{}", "null", "", "[1]"}) {
    request.parameters_json = parameters;
    const std::string body = EncodeStreamRequest(request);
    INFO(body);
    CHECK(body.find(R"("parameters":{},)") != std::string::npos);
    CHECK(body.find("app_metadata") == std::string::npos);
  }
}

TEST_CASE("the bucket $local is never asked for", "[protocol][request][P-024]") {
  StreamRequest request;
  request.buckets = {{"$local", OpId{1}}, {"a", OpId{2}}};
  CHECK(EncodeStreamRequest(request).find(R"("buckets":[{"name":"a","after":"2"}])") != std::string::npos);
}

TEST_CASE("a written request is read back", "[protocol][request]") {
  StreamRequest request = Example();
  request.include_defaults = false;
  request.subscriptions.push_back({"s \"q\"", std::nullopt, 0});
  request.subscriptions.push_back({"todos", R"({"list_id":"l1"})", 2});
  const std::string body = EncodeStreamRequest(request);
  const StreamRequest read = Accepted(body);
  CHECK(EncodeStreamRequest(read) == body);
  CHECK(read.buckets.at(0).after == OpId{3});
  CHECK(read.raw_data);
  CHECK_FALSE(read.include_defaults);
  REQUIRE(read.subscriptions.size() == 3);
  CHECK_FALSE(read.subscriptions[1].parameters_json.has_value());
  CHECK(read.subscriptions[1].override_priority == 0);
  CHECK(read.app_metadata == request.app_metadata);
}

TEST_CASE("an empty request has the defaults of the service", "[protocol][request][P-020][P-067]") {
  const StreamRequest request = Accepted("{}");
  CHECK(request.buckets.empty());
  CHECK_FALSE(request.raw_data);
  CHECK(request.client_id.empty());
  CHECK(request.parameters_json == "{}");
  CHECK(request.include_defaults);
  CHECK(request.subscriptions.empty());
  CHECK(Accepted(R"({"streams":{"subscriptions":[]}})").include_defaults);
}

TEST_CASE("parameters may be an object, null or absent", "[protocol][request][P-021]") {
  CHECK(Accepted(R"({"parameters":null})").parameters_json == "{}");
  CHECK(Accepted(R"({"parameters": {"a" : 1} })").parameters_json == R"({"a" : 1})");
  CHECK(Faults(R"({"parameters":[]})") == "/parameters: type must be object");
}

TEST_CASE("unknown members are passed over and the last of equal ones counts", "[protocol][request][P-004]") {
  const StreamRequest request = Accepted(
      R"({"future":{"a":[1]},"buckets":[{"name":"x","after":"1"}],"binary_data":"yes","only":["a"],
          "buckets":[{"name":"y","after":"2","z":0}],"streams":{"future":1,"subscriptions":[
          {"stream":"s","parameters":null,"override_priority":null,"future":true}]}})");
  REQUIRE(request.buckets.size() == 1);
  CHECK(request.buckets[0].name == "y");
  CHECK(request.subscriptions.size() == 1);
}

TEST_CASE("duplicate subscriptions keep their places", "[protocol][request][P-022]") {
  const StreamRequest request = Accepted(
      R"({"streams":{"subscriptions":[{"stream":"s","parameters":{"a":1},"override_priority":3},
          {"stream":"s","parameters":{"a":1},"override_priority":0.0}]}})");
  REQUIRE(request.subscriptions.size() == 2);
  CHECK(request.subscriptions[0].override_priority == 3);
  CHECK(request.subscriptions[1].override_priority == 0);
}

TEST_CASE("faults are worded as the service does", "[protocol][request][service]") {
  struct Case {
    const char* body;
    const char* faults;
  };
  for (const Case& c : {
           Case{"", "not JSON"},
           Case{R"({"buckets":)", "not JSON"},
           Case{R"({"buckets":{}} x)", "not JSON"},
           Case{R"({"buckets":[{"name":1,]})", "not JSON"},
           Case{"[]", "/: type must be object"},
           Case{R"({"buckets":{}})", "/buckets: type must be array"},
           Case{R"({"buckets":null})", "/buckets: type must be array"},
           Case{R"({"buckets":[5]})", "/buckets/0: type must be object"},
           Case{R"({"buckets":[{"name":"1#categories|0[]","after":0}]})", "/buckets/0/after: type must be string"},
           Case{R"({"buckets":[{"name":"a","after":"1"},{}]})",
                "/buckets/1 must have required property 'name'; /buckets/1 must have required property 'after'"},
           Case{R"({"buckets":[{"name":"a","after":"x"}]})", "/buckets/0/after: must be an integer of 64 bits"},
           Case{R"({"raw_data":1,"include_checksum":"yes"})",
                "/raw_data: type must be boolean; /include_checksum: type must be boolean"},
           Case{R"({"client_id":7})", "/client_id: type must be string"},
           Case{R"({"app_metadata":{"a":1}})", "/app_metadata/a: type must be string"},
           Case{R"({"only":[1]})", "/only/0: type must be string"},
           Case{R"({"streams":[]})", "/streams: type must be object"},
           Case{R"({"streams":{"include_defaults":1}})", "/streams/include_defaults: type must be boolean"},
           Case{R"({"streams":{"subscriptions":{}}})", "/streams/subscriptions: type must be array"},
           Case{R"({"streams":{"subscriptions":[{"stream":"list_todos","parameters":null}]}})",
                "/streams/subscriptions/0 must have required property 'override_priority'"},
           Case{R"({"streams":{"subscriptions":[{"stream":1,"parameters":"x","override_priority":"1"}]}})",
                "/streams/subscriptions/0/stream: type must be string; /streams/subscriptions/0/parameters: type must "
                "be object; /streams/subscriptions/0/override_priority: type must be number"},
           Case{R"({"streams":{"subscriptions":[{"stream":"s","parameters":null,"override_priority":1.5}]}})",
                "/streams/subscriptions/0/override_priority: must be an integer from 0"},
       }) {
    INFO(c.body);
    CHECK(Faults(c.body) == c.faults);
  }
}

TEST_CASE("the faults of a hostile body are bounded", "[protocol][request]") {
  std::string body = R"({"buckets":[0)";
  for (int i = 0; i < 100000; ++i) body += ",0";
  RequestFaults faults;
  CHECK_FALSE(DecodeStreamRequest(body + "]}", faults).has_value());
  CHECK(faults.details.size() == 100);
}

}  // namespace
}  // namespace skerry::protocol
