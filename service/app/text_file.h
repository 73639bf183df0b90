// Whole files as text.
#pragma once

#include <string>

#include "base/result.h"

namespace skerry::app {

// kConfig with the reason of the operating system if it cannot be read.
Result<std::string> ReadTextFile(const std::string& path);

// `path` as seen from the folder of the file `base`, unless it is absolute.
std::string RelativeTo(const std::string& base, const std::string& path);

}  // namespace skerry::app
