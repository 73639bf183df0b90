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

TEST_CASE("the guide's example compiles", "[rules][docs]") {
  const std::string guide = ReadFile("docs/sync-streams.md");
  const std::string fence = "```yaml\n";
  const std::size_t begin = guide.find(fence);
  REQUIRE(begin != std::string::npos);
  const std::size_t start = begin + fence.size();
  CheckClean(guide.substr(start, guide.find("```", start) - start));
}

TEST_CASE("the demo's config compiles", "[rules][docs]") { CheckClean(ReadFile("web-demo/service/streams.yaml")); }
