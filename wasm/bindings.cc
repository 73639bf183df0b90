// What JavaScript sees of the module (docs/module-abi.md): embind for opening and closing, raw exports on bytes for
// every call.
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <chrono>
#include <cstdlib>

#include "web_database.h"

namespace skerry::wasm {
namespace {

// What the raw exports take as `db`.
std::uintptr_t IdOf(WebDatabase& database) { return reinterpret_cast<std::uintptr_t>(&database); }

TimePoint TimeOf(double monotonic_ms, double wall_ms) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  return {std::chrono::duration_cast<std::chrono::milliseconds>(Milliseconds(monotonic_ms)),
          std::chrono::duration_cast<std::chrono::microseconds>(Milliseconds(wall_ms))};
}

}  // namespace

EMSCRIPTEN_BINDINGS(skerry) {
  emscripten::enum_<vfs::Durability>("Durability")
      .value("off", vfs::Durability::kOff)
      .value("normal", vfs::Durability::kNormal)
      .value("full", vfs::Durability::kFull);
  emscripten::class_<WebDatabase>("Database")
      .constructor<const std::string&, bool, vfs::Durability, const std::string&>()
      .function("error", &WebDatabase::error)
      .function("id", &IdOf);
}

extern "C" {

// Memory for a payload, which skerry_call takes over; null if there is none.
EMSCRIPTEN_KEEPALIVE std::uint8_t* skerry_alloc(std::size_t size) {
  return static_cast<std::uint8_t*>(std::malloc(size));
}

// 0 if the call succeeded, else 1.
EMSCRIPTEN_KEEPALIVE int skerry_call(WebDatabase* db, std::uint32_t op, std::uint8_t* payload, std::size_t size,
                                     double monotonic_ms, double wall_ms) {
  const bool done = db->core().Call(static_cast<client::Op>(op), {payload, size}, TimeOf(monotonic_ms, wall_ms));
  std::free(payload);
  return done ? 0 : 1;
}

EMSCRIPTEN_KEEPALIVE const char* skerry_reply_ptr(WebDatabase* db) { return db->core().reply().data(); }
EMSCRIPTEN_KEEPALIVE std::size_t skerry_reply_size(WebDatabase* db) { return db->core().reply().size(); }
EMSCRIPTEN_KEEPALIVE std::uint32_t skerry_flags(WebDatabase* db) { return db->core().flags(); }
}

}  // namespace skerry::wasm
