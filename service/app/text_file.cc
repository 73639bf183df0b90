#include "app/text_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace skerry::app {

Result<std::string> ReadTextFile(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Error{ErrorCode::kConfig, path + " is a folder, not a file"};
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad()) return Error{ErrorCode::kConfig, "cannot read " + path + ": " + std::strerror(errno)};
  return std::move(text).str();
}

std::string RelativeTo(const std::string& base, const std::string& path) {
  const std::filesystem::path relative(path);
  if (relative.is_absolute()) return path;
  return (std::filesystem::path(base).parent_path() / relative).string();
}

}  // namespace skerry::app
