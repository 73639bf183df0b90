// The members of a JSON Web Key that matter for verification, still as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace skerry::auth {

struct Jwk {
  std::string kty;
  std::string kid;
  std::string alg;
  std::string use;
  std::optional<std::vector<std::string>> key_ops;
  std::string crv;
  std::string k, n, e, x, y;  // base64url as written.
};

// kConfig for text that is not a JSON object of the right member types, and for a member that stands twice. Members
// that are not in Jwk are ignored (private parts too: they are not needed here).
Result<Jwk> ParseJwk(std::string_view json);

}  // namespace skerry::auth
