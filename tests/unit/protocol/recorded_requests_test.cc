// The requests that were sent while recording, and how the service answered the bad ones.
#include <nlohmann/json.hpp>

#include "protocol/request.h"
#include "support/transcripts.h"

namespace skerry::protocol {
namespace {

using Json = nlohmann::ordered_json;

std::string BodyText(const Json& body) { return body.is_string() ? body.get<std::string>() : body.dump(); }

TEST_CASE("every recorded request is accepted and keeps its meaning", "[protocol][request][golden]") {
  std::size_t requests = 0;
  for (const std::string& name : skerry::test::TranscriptNames(".json")) {
    if (name.find(".steps.json") == std::string::npos) continue;
    INFO(name);
    const Json body = Json::parse(skerry::test::ReadTranscript(name)).at("request").at("body");
    RequestFaults faults;
    const auto request = DecodeStreamRequest(BodyText(body), faults);
    REQUIRE(request.has_value());
    ++requests;
    const Json again = Json::parse(EncodeStreamRequest(*request));
    CHECK(again.at("buckets") == body.at("buckets"));
    CHECK(again.at("client_id") == body.at("client_id"));
    CHECK(again.at("raw_data") == body.value("raw_data", false));
    const Json defaults = {{"include_defaults", true}, {"subscriptions", Json::array()}};
    CHECK(again.at("streams") == body.value("streams", defaults));
  }
  CHECK(requests >= 25);
}

TEST_CASE("a request the service refused is refused in the same words", "[protocol][request][golden][service]") {
  std::size_t refused = 0;
  for (const Json& recorded : Json::parse(skerry::test::ReadTranscript("errors.json"))) {
    if (recorded.at("method") != "POST") continue;
    INFO(recorded.at("title"));
    RequestFaults faults;
    const auto request = DecodeStreamRequest(BodyText(recorded.at("body")), faults);
    const bool is_bad_body = recorded.at("status") == 400;
    CHECK(request.has_value() == !is_bad_body);
    if (!is_bad_body) continue;
    ++refused;
    const Json& error = recorded.at("response").at("error");
    CHECK(faults.not_json == (error.at("code") == "FST_ERR_CTP_INVALID_JSON_BODY"));
    if (!faults.not_json) CHECK(Json(faults.details).dump() == error.at("details").get<std::string>());
  }
  CHECK(refused == 4);
}

}  // namespace
}  // namespace skerry::protocol
