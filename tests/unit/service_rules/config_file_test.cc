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
        Lines{"f:2:12: error SS003: config.edition must be 3"});
  CHECK(Faults("config:\n  edition: 2\nstreams:\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:2:12: error SS100: config.edition 2 is not supported yet; write 3"});
  CHECK(Faults("streams:\n  s:\n    query: SELECT * FROM t\n") ==
        Lines{"f:1:1: error SS004: streams need an edition; begin the file with 'config:' and '  edition: 3'"});
  CHECK(Faults("bucket_definitions:\n  s:\n    data: []\n") ==
        Lines{"f:1:1: error SS100: bucket_definitions are not supported yet; write streams with config.edition 3"});
  CHECK(Faults(std::string(kHead) + "  a:\n    query: SELECT\n  b:\n    query: SELECT * FROM t LIMIT 1\n").size() == 2);
}

TEST_CASE("an error is shown where it was written, however the query is quoted", "[rules][yaml]") {
  const auto place = [](const std::string& query) {
    const auto compiled = rules::Compile(std::string(kHead) + "  s:\n    query: " + query + "\n");
    REQUIRE(compiled.diagnostics.size() == 1);
    return std::to_string(compiled.diagnostics[0].at.line) + ":" + std::to_string(compiled.diagnostics[0].at.column);
  };
  CHECK(place("SELECT * FROM t OR") == "5:28");
  CHECK(place("SELECT *\n      FROM t OR") == "6:14");
  CHECK(place("'SELECT * FROM t WHERE a = ''x'' OR'") == "5:45");
  CHECK(place("\"SELECT \\x2a FROM \\\"t\\\" \\n OR\"") == "5:39");
  CHECK(place("\"SELECT * \\\n      FROM t OR\"") == "6:14");
  CHECK(place(">-\n      SELECT *\n\n      FROM t\n      OR") == "9:7");
  CHECK(place("|\n        SELECT *\n          FROM t OR") == "7:18");
  CHECK(place("!!str SELECT * FROM t OR") == "5:34");
  CHECK(place("SELECT * FROM t WHERE \xc3\xa9 = '\xc3\xa9' OR") == "5:44");
  CHECK(place("SELECT * FROM") == "5:24");
}

TEST_CASE("line ends and the byte order mark of other systems do not shift places", "[rules][yaml]") {
  CHECK(
      Faults("config:\r\n  edition: 3\r\nstreams:\r\n  s:\r\n    query: >-\r\n      SELECT *\r\n      FROM t OR\r\n") ==
      Lines{"f:7:14: error SS100: OR is not supported yet"});
  CHECK(Faults(std::string("\xef\xbb\xbf") + kHead + "  s:\n    query: SELECT * FROM t OR\n") ==
        Lines{"f:5:28: error SS100: OR is not supported yet"});
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
