// Randomness from the operating system, by way of OpenSSL.
#pragma once

#include <openssl/rand.h>

#include "base/check.h"
#include "base/random.h"

namespace skerry::app {

class SecureRandom final : public Random {
 public:
  std::uint64_t Next() override {
    std::uint64_t bits = 0;
    const int done = RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits);
    SKERRY_CHECK(done == 1, "the operating system gives random bytes");
    return bits;
  }
};

}  // namespace skerry::app
