// The browser's randomness and clock for the VFS, and SQLite's empty system layer.
#pragma once

#include "vfs/vfs.h"

namespace skerry::vfs {

class BrowserHost final : public VfsHost {
 public:
  void Randomness(std::span<std::uint8_t> into) override;
  std::int64_t WallMs() override;
};

}  // namespace skerry::vfs
