#include "client/statement_payload.h"

#include "base/random.h"
#include "support/catch.h"
#include "support/client_host.h"

namespace skerry {
namespace {

std::span<const std::uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("a statement payload is decoded in place", "[client][payload]") {
  const std::string payload = test::ClientHost::Payload(
      "SELECT ?", {nullptr, 7, -9223372036854775807, 1.5, "Käse", test::Json::binary({0, 255})}, client::kStatementRead,
      3, 250);
  auto statement = client::DecodeStatement(Bytes(payload));
  REQUIRE(statement.ok());
  CHECK(statement->lease == 3);
  CHECK(statement->is_read());
  CHECK(statement->deadline.count() == 250);
  CHECK(statement->sql == "SELECT ?");
  REQUIRE(statement->sets.size() == 1);
  REQUIRE(statement->parameters.size() == 6);
  CHECK(statement->parameters[2].integer == -9223372036854775807);
  CHECK(statement->parameters[3].real == 1.5);
  CHECK(statement->parameters[4].text() == "Käse");
  CHECK(statement->parameters[5].bytes.size() == 2);
}

TEST_CASE("a payload cut anywhere is refused", "[client][payload]") {
  const std::string payload = test::ClientHost::BatchPayload("INSERT", {{1, "two", 3.0}, {nullptr, "x", true}});
  REQUIRE(client::DecodeStatement(Bytes(payload)).ok());
  for (std::size_t size = 0; size < payload.size(); ++size) {
    const std::string cut = payload.substr(0, size);
    auto statement = client::DecodeStatement(Bytes(cut));
    INFO("cut at " << size);
    REQUIRE_FALSE(statement.ok());
    CHECK(statement.error().code == ErrorCode::kInvalidArgument);
  }
  CHECK_FALSE(client::DecodeStatement(Bytes(payload + "x")).ok());
}

TEST_CASE("payloads of random bytes never read outside", "[client][payload][property]") {
  SeededRandom random(20261122);
  for (int i = 0; i < 20000; ++i) {
    std::string payload = test::ClientHost::Payload("SELECT ?1", {1, "text", nullptr});
    const int flips = 1 + static_cast<int>(random.Next() % 6);
    for (int f = 0; f < flips; ++f) payload[random.Next() % payload.size()] = static_cast<char>(random.Next());
    auto statement = client::DecodeStatement(Bytes(payload));
    if (!statement.ok()) continue;
    std::size_t total = statement->sql.size();
    for (const client::Parameter& parameter : statement->parameters) total += parameter.bytes.size();
    REQUIRE(total <= payload.size());
  }
}

TEST_CASE("counts that cannot be true are refused before memory is taken", "[client][payload]") {
  std::string payload = test::ClientHost::BatchPayload("X", test::Json::array());
  payload.replace(payload.size() - 4, 4, "\xff\xff\xff\xff", 4);
  CHECK_FALSE(client::DecodeStatement(Bytes(payload)).ok());
}

TEST_CASE("several parameter sets need the batch flag", "[client][payload]") {
  std::string payload = test::ClientHost::BatchPayload("X", {{1}, {2}});
  payload[4] = 0;
  CHECK_FALSE(client::DecodeStatement(Bytes(payload)).ok());
}

}  // namespace skerry
