// A file in memory: temporary files and journals, and the whole database where OPFS does not work.
//
// Kept in blocks, so that growth copies nothing and a database of 100 MB never needs 200.
#pragma once

#include <memory>
#include <vector>

#include "vfs/file_backend.h"

namespace skerry::vfs {

class MemoryBackend final : public FileBackend {
 public:
  std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into) override;
  IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes) override;
  IoStatus Truncate(std::int64_t size) override;
  IoStatus Flush() override { return IoStatus::kOk; }
  std::optional<std::int64_t> Size() override { return size_; }

 private:
  // kFull when the module's memory limit is reached.
  IoStatus Reserve(std::int64_t size);

  struct Freed {
    void operator()(std::uint8_t* block) const;
  };
  std::vector<std::unique_ptr<std::uint8_t, Freed>> blocks_;
  std::int64_t size_ = 0;
};

}  // namespace skerry::vfs
