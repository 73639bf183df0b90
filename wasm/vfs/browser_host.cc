#include "vfs/browser_host.h"

#include <emscripten/emscripten.h>

// clang-format off

EM_JS(void, skerry_random, (std::uint8_t* into, int size), {
  crypto.getRandomValues(HEAPU8.subarray(into, into + size));
});

EM_JS(double, skerry_wall_ms, (), { return Date.now(); });

// clang-format on

// SQLite is built with SQLITE_OS_OTHER: it has no file system of its own, and the VFS is registered by whoever opens a
// database.
extern "C" {
int sqlite3_os_init(void) { return SQLITE_OK; }
int sqlite3_os_end(void) { return SQLITE_OK; }
}

namespace skerry::vfs {

void BrowserHost::Randomness(std::span<std::uint8_t> into) {
  constexpr std::size_t kMostAtOnce = 65536;  // getRandomValues refuses more.
  for (; into.size() > kMostAtOnce; into = into.subspan(kMostAtOnce)) skerry_random(into.data(), kMostAtOnce);
  skerry_random(into.data(), static_cast<int>(into.size()));
}

std::int64_t BrowserHost::WallMs() { return static_cast<std::int64_t>(skerry_wall_ms()); }

}  // namespace skerry::vfs
