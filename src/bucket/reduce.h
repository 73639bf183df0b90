// What a bucket's history comes to: the PUTs that still stand and one checksum for everything else (docs/protocol.md,
// section 7.2). The op log of the store does the same in SQL; this is the algebra itself, without storage.
//
// After any operations checksum() is the sum over all of them (P-072), however the server compacted them and wherever
// the client stopped in between (P-062).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "bucket/operation.h"

namespace skerry::bucket {

struct StandingPut {
  std::string object_type;
  std::string object_id;
  std::optional<std::string> subkey;
  std::optional<std::string> data;
  Checksum checksum;
  friend bool operator==(const StandingPut&, const StandingPut&) = default;
};

class ReducedBucket {
 public:
  // Operations come in ascending order of op id.
  void Apply(const Operation& op);

  // By op id.
  const std::map<OpId, StandingPut>& puts() const { return puts_; }
  // The checksums of everything that no longer stands.
  Checksum remainder() const { return remainder_; }
  // The sum of the standing PUTs' checksums.
  Checksum standing() const { return standing_; }
  Checksum checksum() const { return remainder_ + standing_; }

 private:
  std::map<OpId, StandingPut> puts_;
  std::unordered_map<std::string, OpId> by_key_;
  Checksum remainder_;
  Checksum standing_;

  void Keep(const Operation& op);
  void DropSuperseded(const std::string& key);
};

}  // namespace skerry::bucket
