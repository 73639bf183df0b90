// A file in the Origin Private File System, through an access handle that host.ts opened before the module started.
#pragma once

#include "vfs/file_backend.h"

namespace skerry::vfs {

// `handle` is the index into the module's `skerryFiles`. The host closes the handle, after the module is done with it.
class OpfsBackend final : public FileBackend {
 public:
  explicit OpfsBackend(int handle) : handle_(handle) {}

  std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into) override;
  IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes) override;
  IoStatus Truncate(std::int64_t size) override;
  IoStatus Flush() override;
  std::optional<std::int64_t> Size() override;

 private:
  const int handle_;
};

}  // namespace skerry::vfs
