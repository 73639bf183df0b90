// The members of one JSON object by name, read as the kind the caller expects: for the small objects of cold calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace skerry::client {

// Borrows the text. A missing member and null read alike. The first wrong kind is remembered and told by ToStatus().
class JsonFields {
 public:
  // `what` names the object in error messages ("the event connect").
  static Result<JsonFields> Parse(std::string_view json, std::string what);

  bool Has(std::string_view name) const { return !Raw(name).empty(); }
  // The member's text as written; empty if missing or null.
  std::string_view Raw(std::string_view name) const;

  std::optional<std::string> Text(std::string_view name);
  std::optional<std::int64_t> Int(std::string_view name);
  std::optional<bool> Bool(std::string_view name);
  // The text of an object; nullopt if missing or null.
  std::optional<std::string> Object(std::string_view name);

  const std::vector<std::pair<std::string, std::string_view>>& members() const { return members_; }
  void Fail(std::string_view name, std::string_view expected);
  Status ToStatus() const;

 private:
  std::string what_;
  std::vector<std::pair<std::string, std::string_view>> members_;
  std::string error_;
};

}  // namespace skerry::client
