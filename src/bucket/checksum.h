// Bucket checksums: 32-bit sums that wrap (P-070 to P-075).
#pragma once

#include <cstdint>

namespace skerry::bucket {

// Arithmetic is modulo 2^32; comparison is equality of bit patterns.
class Checksum {
 public:
  constexpr Checksum() = default;
  constexpr explicit Checksum(std::uint32_t value) : value_(value) {}
  constexpr std::uint32_t value() const { return value_; }
  constexpr Checksum& operator+=(Checksum other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Checksum& operator-=(Checksum other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Checksum operator+(Checksum a, Checksum b) { return a += b; }
  friend constexpr Checksum operator-(Checksum a, Checksum b) { return a -= b; }
  friend constexpr bool operator==(Checksum, Checksum) = default;

 private:
  std::uint32_t value_ = 0;
};

}  // namespace skerry::bucket
