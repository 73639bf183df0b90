// What came of a completion line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bucket/checksum.h"

namespace skerry::store {

// A bucket whose sum differs from the checkpoint's.
struct BucketMismatch {
  std::string bucket;
  bucket::Checksum expected;
  bucket::Checksum op;   // Of the operations in ps_oplog.
  bucket::Checksum add;  // Of all others.
};

// "Checksums didn't match, failed for: a (expected 0x…, got 0x… = 0x… (op) + 0x… (add)), b (…)" (C-131).
std::string DescribeMismatches(std::span<const BucketMismatch> mismatches);

struct PublishStart {
  enum class Outcome : std::uint8_t {
    kStarted,     // Call ContinuePublish() until it says kDone.
    kGateClosed,  // Local writes wait (section 13). Positions and `seen` are stored; a full checkpoint is to be kept
                  // (12.4).
    kMismatch,    // `mismatches` were deleted, to be downloaded from 0; nothing was published. Close the stream.
  };
  Outcome outcome = Outcome::kStarted;
  std::vector<BucketMismatch> mismatches;
};

enum class PublishStep : std::uint8_t { kMore, kDone };

}  // namespace skerry::store
