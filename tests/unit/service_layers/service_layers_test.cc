// The plan of the wing against the code: every #include "..." in service/ must be one that service/LAYERS allows.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "support/catch.h"

namespace {

namespace fs = std::filesystem;
using Rooms = std::map<std::string, std::set<std::string>>;

Rooms ReadLayers(const fs::path& path) {
  Rooms rooms;
  std::ifstream file(path);
  REQUIRE(file.is_open());
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(':');
    REQUIRE(colon != std::string::npos);
    std::istringstream words(line.substr(colon + 1));
    std::set<std::string>& uses = rooms[line.substr(0, colon)];
    for (std::string word; words >> word;) uses.insert(word);
  }
  return rooms;
}

// The room of `#include "room/..."`; empty for any other line.
std::string IncludedRoom(const std::string& line) {
  const std::string start = "#include \"";
  if (line.compare(0, start.size(), start) != 0) return {};
  return line.substr(start.size(), line.find('/') - start.size());
}

}  // namespace

TEST_CASE("every include in service/ follows LAYERS", "[service][layers]") {
  const fs::path root = fs::path(SKERRY_SOURCE_DIR) / "service";
  const Rooms rooms = ReadLayers(root / "LAYERS");
  const std::set<std::string> from_src = {"base", "bucket", "protocol", "sqlite"};
  int includes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    const fs::path relative = fs::relative(entry.path(), root);
    const std::string room = relative.begin()->string();
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const std::string used = IncludedRoom(line);
      if (used.empty() || used == room || used == "base") continue;
      ++includes;
      INFO(relative << " includes from " << used);
      REQUIRE(rooms.count(room) == 1);
      CHECK(rooms.at(room).count(used) == 1);
      CHECK((rooms.count(used) == 1 || from_src.count(used) == 1));
    }
  }
  CHECK(includes > 50);
}

TEST_CASE("no room of service/ stands on one above it", "[service][layers]") {
  // The file lists the lowest room first, so a use of a later one would be a stair that leads up.
  std::ifstream file(fs::path(SKERRY_SOURCE_DIR) / "service" / "LAYERS");
  std::set<std::string> below = {"base", "bucket", "protocol", "sqlite"};
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(':');
    std::istringstream words(line.substr(colon + 1));
    for (std::string word; words >> word;) {
      INFO(line << " uses " << word);
      CHECK(below.count(word) == 1);
    }
    below.insert(line.substr(0, colon));
  }
}
