#include "vfs/opfs_backend.h"

#include <emscripten/emscripten.h>

// Nothing may be thrown through the module's frames, so each function ends in a number. Views are made in each call,
// since growth of the memory voids them. Offsets are doubles: exact up to 2^53, and no BigInt per call.

// clang-format off

// Bytes read, or -1.
EM_JS(int, skerry_opfs_read, (int handle, std::uint8_t* into, int size, double offset), {
  try {
    return Module["skerryFiles"][handle].read(HEAPU8.subarray(into, into + size), { at: offset });
  } catch (error) {
    return -1;
  }
});

// 0 done, 1 full, 2 failed. A full disk is a QuotaExceededError by the standard, a short count in Firefox, and in Chromium
// also a count far beyond the buffer (a negative error number taken as unsigned).
EM_JS(int, skerry_opfs_write, (int handle, const std::uint8_t* from, int size, double offset), {
  try {
    return Module["skerryFiles"][handle].write(HEAPU8.subarray(from, from + size), { at: offset }) === size ? 0 : 1;
  } catch (error) {
    return error && error.name === "QuotaExceededError" ? 1 : 2;
  }
});

EM_JS(int, skerry_opfs_truncate, (int handle, double size), {
  try {
    Module["skerryFiles"][handle].truncate(size);
    return 0;
  } catch (error) {
    return error && error.name === "QuotaExceededError" ? 1 : 2;
  }
});

EM_JS(int, skerry_opfs_flush, (int handle), {
  try {
    Module["skerryFiles"][handle].flush();
    return 0;
  } catch (error) {
    return 2;
  }
});

// -1 on failure.
EM_JS(double, skerry_opfs_size, (int handle), {
  try {
    return Module["skerryFiles"][handle].getSize();
  } catch (error) {
    return -1;
  }
});

// clang-format on

namespace skerry::vfs {
namespace {

IoStatus StatusOf(int answer) {
  return answer == 0 ? IoStatus::kOk : answer == 1 ? IoStatus::kFull : IoStatus::kFailed;
}

}  // namespace

std::optional<std::size_t> OpfsBackend::Read(std::int64_t offset, std::span<std::uint8_t> into) {
  const int got = skerry_opfs_read(handle_, into.data(), static_cast<int>(into.size()), static_cast<double>(offset));
  if (got < 0 || static_cast<std::size_t>(got) > into.size()) return std::nullopt;
  return static_cast<std::size_t>(got);
}

IoStatus OpfsBackend::Write(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  return StatusOf(
      skerry_opfs_write(handle_, bytes.data(), static_cast<int>(bytes.size()), static_cast<double>(offset)));
}

IoStatus OpfsBackend::Truncate(std::int64_t size) {
  return StatusOf(skerry_opfs_truncate(handle_, static_cast<double>(size)));
}

IoStatus OpfsBackend::Flush() { return StatusOf(skerry_opfs_flush(handle_)); }

std::optional<std::int64_t> OpfsBackend::Size() {
  const double size = skerry_opfs_size(handle_);
  if (size < 0) return std::nullopt;
  return static_cast<std::int64_t>(size);
}

}  // namespace skerry::vfs
