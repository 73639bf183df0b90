// The files of one folder, for pages that `skerryd dev` serves.
//
// Nothing outside the folder can be reached: dot segments, hidden files and links that lead out are not found.
#pragma once

#include <optional>
#include <string>

#include "http/message.h"

namespace skerry::app {

class StaticFiles {
 public:
  explicit StaticFiles(std::string folder);

  // The file of a GET request; a path without extension asked for as a page gives index.html, whose script routes.
  // nullopt if there is nothing of that name.
  std::optional<http::Response> Serve(const http::Request& request) const;

 private:
  std::optional<std::string> Locate(std::string_view target) const;
  http::Response Read(const std::string& file, const http::Request& request) const;

  std::string folder_;  // Canonical.
};

}  // namespace skerry::app
