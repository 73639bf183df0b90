// The plan of the house against the code: every #include in src/ must be one that src/LAYERS allows.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "support/catch.h"

namespace skerry {
namespace {

namespace fs = std::filesystem;
using Rooms = std::map<std::string, std::set<std::string>>;

const fs::path kSource = fs::path(SKERRY_SOURCE_DIR) / "src";

Rooms ReadLayers() {
  Rooms rooms;
  std::ifstream file(kSource / "LAYERS");
  REQUIRE(file.is_open());
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(':');
    REQUIRE(colon != std::string::npos);
    std::set<std::string>& uses = rooms[line.substr(0, colon)];
    std::istringstream words(line.substr(colon + 1));
    for (std::string word; words >> word;) uses.insert(word);
  }
  return rooms;
}

// The text between quotes or angle brackets of an #include line; empty for any other line.
std::string Included(const std::string& line) {
  const std::size_t hash = line.find_first_not_of(" \t");
  if (hash == std::string::npos || line[hash] != '#') return {};
  const std::size_t word = line.find("include", hash);
  if (word == std::string::npos) return {};
  const std::size_t open = line.find_first_of("\"<", word);
  if (open == std::string::npos) return {};
  const std::size_t close = line.find_first_of("\">", open + 1);
  return line.substr(open, close - open + 1);
}

bool IsCode(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".h" || extension == ".cc" || extension == ".def" || extension == ".inc";
}

}  // namespace

TEST_CASE("every include in src/ follows LAYERS", "[layering]") {
  const Rooms rooms = ReadLayers();
  int includes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    if (!entry.is_regular_file() || !IsCode(entry.path())) continue;
    const fs::path relative = fs::relative(entry.path(), kSource);
    const std::string room = relative.begin()->string();
    INFO(relative);
    REQUIRE(rooms.count(room) == 1);
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const std::string included = Included(line);
      if (included.empty()) continue;
      ++includes;
      INFO(included);
      const std::string name = included.substr(1, included.size() - 2);
      if (included[0] == '<') {
        // SQLite stays behind its room, and the platform behind wasm/.
        if (name.find("sqlite3") != std::string::npos) CHECK(room == "sqlite");
        CHECK(name.find("emscripten") == std::string::npos);
        CHECK(name.find("nlohmann") == std::string::npos);
        CHECK(name != "thread");
        CHECK(name != "iostream");
        continue;
      }
      const std::string target = name.substr(0, name.find('/'));
      REQUIRE(name.find('/') != std::string::npos);
      CHECK((target == room || target == "base" || rooms.at(room).count(target) == 1));
    }
  }
  CHECK(includes > 100);
}

TEST_CASE("LAYERS names rooms that exist and has no way back up", "[layering]") {
  const Rooms rooms = ReadLayers();
  for (const auto& [room, uses] : rooms) {
    INFO(room);
    CHECK(fs::is_directory(kSource / room));
    for (const std::string& used : uses) {
      INFO(used);
      REQUIRE(rooms.count(used) == 1);
      CHECK(rooms.at(used).count(room) == 0);
    }
  }
  for (const auto& entry : fs::directory_iterator(kSource)) {
    if (entry.is_directory()) CHECK(rooms.count(entry.path().filename().string()) == 1);
  }
}

TEST_CASE("the core reads no clock and draws no randomness of its own", "[layering]") {
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    if (!entry.is_regular_file() || !IsCode(entry.path())) continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    INFO(entry.path());
    for (const char* word :
         {"system_clock", "steady_clock", "random_device", "std::rand(", "time(nullptr)", "gettimeofday"}) {
      INFO(word);
      CHECK(text.str().find(word) == std::string::npos);
    }
  }
}

// A test that no target names is never compiled, and nobody misses it.
TEST_CASE("every C++ test belongs to a target of its folder", "[layering]") {
  int tests = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SKERRY_SOURCE_DIR) / "tests")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name.size() < 8 || name.substr(name.size() - 8) != "_test.cc") continue;
    ++tests;
    INFO(entry.path());
    std::ifstream file(entry.path().parent_path() / "CMakeLists.txt");
    std::stringstream text;
    text << file.rdbuf();
    CHECK(text.str().find(name) != std::string::npos);
  }
  CHECK(tests > 50);
}

}  // namespace skerry
