// The streams recorded from a PowerSync Service, which stand in shared/data/transcripts beside the repository. A test
// that needs them fails when they are not there: without them it would have tested nothing.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.h"

namespace skerry::test {

inline std::filesystem::path TranscriptsFolder() {
  return std::filesystem::path(SKERRY_SOURCE_DIR) / "../shared/data/transcripts";
}

inline std::string ReadTranscript(const std::string& name) {
  const std::filesystem::path path = TranscriptsFolder() / name;
  std::ifstream file(path, std::ios::binary);
  INFO("The recorded stream " << path << " is missing; shared/ belongs beside the repository.");
  REQUIRE(file.is_open());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  REQUIRE(!bytes.str().empty());
  return bytes.str();
}

// All recordings whose name ends with `extension` (".ndjson" or ".bson"), by name.
inline std::vector<std::string> TranscriptNames(const std::string& extension) {
  std::vector<std::string> names;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(TranscriptsFolder(), failure)) {
    if (entry.path().extension() == extension) names.push_back(entry.path().filename().string());
  }
  INFO("No recorded streams in " << TranscriptsFolder() << "; shared/ belongs beside the repository.");
  REQUIRE(!names.empty());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace skerry::test
