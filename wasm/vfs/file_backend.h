// The bytes of one file, wherever they lie: an OPFS access handle, memory, or a test that fails on purpose.
//
// Every call acts at once; holding back writes is WriteBuffer's business. What a write returned kOk for is in the file
// even if the worker is killed in the next instruction; a power cut may still take what was not flushed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace skerry::vfs {

enum class IoStatus : std::uint8_t {
  kOk,
  kFull,  // The quota or the disk has no room. Trying again later can help.
  kFailed,
};

class FileBackend {
 public:
  virtual ~FileBackend() = default;

  // The number of bytes read, fewer than asked for only at the end of the file; nullopt on failure.
  virtual std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into) = 0;
  // All of `bytes` or an error, after which any part of them may have been written. Grows the file as needed.
  virtual IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes) = 0;
  // Cuts the file, or grows it with zeros.
  virtual IoStatus Truncate(std::int64_t size) = 0;
  // Makes everything written safe against a power cut.
  virtual IoStatus Flush() = 0;
  virtual std::optional<std::int64_t> Size() = 0;
};

}  // namespace skerry::vfs
