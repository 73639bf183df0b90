// Issues tokens for named users with a key that lives as long as the process: what the development mode has instead of
// an application's backend.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "auth/key.h"
#include "base/random.h"

namespace skerry::auth {

class Issuer {
 public:
  // `random` has to be a secure source.
  Issuer(std::string audience, std::chrono::seconds lifetime, Random& random);

  // The key that verifies this issuer's tokens.
  Result<Key> VerificationKey() const;
  const std::string& audience() const { return audience_; }

  struct Issued {
    std::string token;
    std::chrono::seconds expires_at{0};  // Since 1970.
  };
  Issued Issue(std::string_view user, std::chrono::microseconds now) const;

 private:
  std::string audience_;
  std::chrono::seconds lifetime_;
  std::string secret_;
};

}  // namespace skerry::auth
