// The configs that people copy must compile without a word.
#include <fstream>
#include <sstream>

#include "rules/plan.h"
#include "support/catch.h"

using namespace skerry;

namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::string(SKERRY_SOURCE_DIR) + "/" + path);
  REQUIRE(file.is_open());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void CheckClean(const std::string& yaml) {
  const rules::Compiled compiled = rules::Compile(yaml);
  for (const rules::Diagnostic& diagnostic : compiled.diagnostics) FAIL_CHECK(rules::Format(diagnostic, "yaml"));
  CHECK(compiled.plan != nullptr);
}

}  // namespace

TEST_CASE("the guide's examples compile", "[rules][docs]") {
  const std::string guide = ReadFile("docs/sync-streams.md");
  const std::string fence = "```yaml\n";
  int examples = 0;
  for (std::size_t at = 0; (at = guide.find(fence, at)) != std::string::npos; ++examples) {
    const std::size_t start = at + fence.size();
    at = guide.find("```", start);
    CheckClean(guide.substr(start, at - start));
  }
  CHECK(examples == 3);
}

TEST_CASE("the guide's recipes compile", "[rules][docs]") {
  const std::string guide = ReadFile("docs/sync-streams.md");
  const std::string begin = "| `SELECT ";
  int recipes = 0;
  for (std::size_t at = guide.find("## Recipes"); (at = guide.find(begin, at)) != std::string::npos; ++recipes) {
    const std::size_t start = at + 3;
    at = guide.find('`', start);
    INFO(guide.substr(start, at - start));
    const rules::Compiled compiled = rules::Compile("config:\n  edition: 3\nstreams:\n  s:\n    query: |\n      " +
                                                    guide.substr(start, at - start) + "\n");
    for (const rules::Diagnostic& diagnostic : compiled.diagnostics) {
      CHECK(diagnostic.id == "SW001");  // Where the client chooses, and the recipe says so.
    }
    CHECK(compiled.plan != nullptr);
  }
  CHECK(recipes >= 15);
}

TEST_CASE("the demo's config compiles", "[rules][docs]") { CheckClean(ReadFile("web-demo/service/streams.yaml")); }
