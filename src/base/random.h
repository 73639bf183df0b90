// Randomness as the host hands it in, so that a seed replays a run.
#pragma once

#include <cstdint>
#include <string>

namespace skerry {

class Random {
 public:
  virtual ~Random() = default;
  // 64 random bits. In production from a secure source: client ids are made of it.
  virtual std::uint64_t Next() = 0;

  // A number in [low, high).
  double Between(double low, double high) {
    return low + (high - low) * (static_cast<double>(Next() >> 11) * 0x1.0p-53);
  }
};

// splitmix64: the deterministic source for tests and simulation.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() override {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// A random UUID (version 4), lower case with hyphens.
std::string NewUuid(Random& random);

}  // namespace skerry
