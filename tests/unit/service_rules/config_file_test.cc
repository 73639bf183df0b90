#include "rules/config_file.h"

#include "rules/plan.h"
#include "support/catch.h"

using namespace skerry;

namespace {

// All diagnostics of a whole file.
std::vector<std::string> Faults(const std::string& yaml) {
  std::vector<std::string> lines;
  for (const rules::Diagnostic& diagnostic : rules::Compile(yaml).diagnostics) lines.push_back(Format(diagnostic, "f"));
  return lines;
}
using Lines = std::vector<std::string>;

constexpr char kHead[] = "config:\n  edition: 3\nstreams:\n";

}  // namespace

TEST_CASE("a wrong file is refused with the place of every fault", "[rules][SS001][SS002][SS003][SS004]") {
  CHECK(Faults("") == Lines{"f:1:1: error SS001: the sync config is empty"});
  CHECK(Faults("- a\n") == Lines{"f:1:1: error SS001: the sync config must be a map"});
  CHECK(Faults("a: [\n").size() == 1);
  CHECK(Faults("a: [\n")[0].find("error SS001: this is not valid YAML") != std::string::npos);
  CHECK(Faults("config:\n  edition: 3\n") == Lines{"f:1:1: error SS001: the sync config has no 'streams'"});
  CHECK(Faults(std::string(kHead) + "  s:\n    query: SELECT * FROM t\n    nope: 1\n")[0].find(
            "f:6:5: error SS001: unknown key 'nope' in stream 's'") == 0);
  CHECK(Faults(std::string(kHead) + "  s:\n    query: SELECT * FROM t\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:6:3: error SS001: 's' stands twice in 'streams'"});
  CHECK(Faults(std::string(kHead) + "  s:\n    auto_subscribe: true\n") ==
        Lines{"f:4:3: error SS002: stream 's' needs exactly one of 'query' and 'queries'"});
  CHECK(Faults(std::string(kHead) + "  s:\n    query: SELECT * FROM t\n    queries: [SELECT * FROM t]\n") ==
        Lines{"f:4:3: error SS002: stream 's' needs exactly one of 'query' and 'queries'"});
  CHECK(Faults(std::string(kHead) + "  s:\n    query: SELECT * FROM t\n    priority: 4\n") ==
        Lines{"f:6:15: error SS003: 'priority' must be 0, 1, 2 or 3"});
  CHECK(Faults(std::string(kHead) + "  s:\n    query: SELECT * FROM t\n    auto_subscribe: yes\n") ==
        Lines{"f:6:21: error SS001: 'auto_subscribe' must be true or false"});
  CHECK(Faults("config:\n  edition: 4\nstreams:\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:2:12: error SS003: config.edition must be 1, 2 or 3"});
  CHECK(Faults("config:\n  edition: 2\nstreams:\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:4:3: warning SW002: streams of edition 2 were a first version; write config.edition 3"});
  CHECK(Faults("config:\n  edition: 2\nstreams:\n  s:\n    queries: [SELECT * FROM t]\n")[1].find(
            "f:5:5: error SS004: 'queries' needs config.edition 3") == 0);
  CHECK(Faults(std::string(kHead) + "  s:\n    query: SELECT * FROM t\nbucket_definitions:\n  b:\n    data: []\n")[0]
            .find("f:7:3: error SS004: 'bucket_definitions' cannot stand in a file of edition 3") == 0);
  CHECK(Faults("config:\n  edition: 3\n  storage_version: 9\nstreams:\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:3:20: error SS003: config.storage_version must be 2 or 3"});
  CHECK(Faults("config:\n  edition: 2\n  unstable_sqlite_expression_engine: true\nstreams:\n  s:\n    query: SELECT * "
               "FROM t\n")[0] ==
        "f:3:38: error SS004: unstable_sqlite_expression_engine needs edition 3 and fixed_json_extract");
  CHECK(Faults("streams:\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:1:1: error SS004: streams need an edition; begin the file with 'config:' and '  edition: 3'"});
  CHECK(Faults("bucket_definitions:\n  s:\n    data: []\n") ==
        Lines{"f:3:11: error SS001: 'data' must be a list of queries"});
  CHECK(Faults("bucket_definitions:\n  s:\n    parameters: SELECT request.user_id() AS u\n") ==
        Lines{"f:2:3: error SS001: 's' needs 'data'"});
  CHECK(Faults(std::string(kHead) + "  a:\n    query: SELECT\n  b:\n    query: SELECT * FROM t LIMIT 1\n").size() == 2);
}

TEST_CASE("an error is shown where it was written, however the query is quoted", "[rules][yaml]") {
  const auto place = [](const std::string& query) {
    const auto compiled = rules::Compile(std::string(kHead) + "  s:\n    query: " + query + "\n");
    REQUIRE(compiled.diagnostics.size() == 1);
    return std::to_string(compiled.diagnostics[0].at.line) + ":" + std::to_string(compiled.diagnostics[0].at.column);
  };
  CHECK(place("SELECT * FROM t LIMIT") == "5:28");
  CHECK(place("SELECT *\n      FROM t LIMIT") == "6:14");
  CHECK(place("'SELECT * FROM t WHERE a = ''x'' LIMIT'") == "5:45");
  CHECK(place("\"SELECT \\x2a FROM \\\"t\\\" \\n LIMIT\"") == "5:39");
  CHECK(place("\"SELECT * \\\n      FROM t LIMIT\"") == "6:14");
  CHECK(place(">-\n      SELECT *\n\n      FROM t\n      LIMIT") == "9:7");
  CHECK(place("|\n        SELECT *\n          FROM t LIMIT") == "7:18");
  CHECK(place("!!str SELECT * FROM t LIMIT") == "5:34");
  CHECK(place("SELECT * FROM t WHERE \xc3\xa9 = '\xc3\xa9' LIMIT") == "5:44");
  CHECK(place("SELECT * FROM") == "5:24");
}

TEST_CASE("line ends and the byte order mark of other systems do not shift places", "[rules][yaml]") {
  CHECK(
      Faults(
          "config:\r\n  edition: 3\r\nstreams:\r\n  s:\r\n    query: >-\r\n      SELECT *\r\n      FROM t LIMIT\r\n") ==
      Lines{"f:7:14: error SS011: 'limit' is not allowed in a sync query"});
  CHECK(Faults(std::string("\xef\xbb\xbf") + kHead + "  s:\n    query: SELECT * FROM t LIMIT\n") ==
        Lines{"f:5:28: error SS011: 'limit' is not allowed in a sync query"});
  CHECK(Faults(std::string(kHead) + "  s:\n    query:\n") == Lines{"f:5:5: error SS001: 'query' is empty"});
}

TEST_CASE("streams keep the order of the file and their settings", "[rules]") {
  const auto compiled = rules::Compile(std::string(kHead) +
                                       "  zeta:\n    query: SELECT * FROM t\n    priority: 0\n"
                                       "  alpha:\n    queries: [SELECT * FROM t]\n    auto_subscribe: true\n");
  REQUIRE(compiled.plan != nullptr);
  REQUIRE(compiled.plan->streams.size() == 2);
  CHECK(compiled.plan->streams[0].name == "zeta");
  CHECK(compiled.plan->streams[0].priority == 0);
  CHECK_FALSE(compiled.plan->streams[0].auto_subscribe);
  CHECK(compiled.plan->streams[1].name == "alpha");
  CHECK(compiled.plan->streams[1].auto_subscribe);
  CHECK(compiled.plan->streams[1].priority == 3);
}
