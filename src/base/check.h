// A broken promise is a bug, not an Error: the program (or the WASM module) stops where it is noticed.
#pragma once

namespace skerry {

// Prints the promise and ends the program. Never returns.
[[noreturn]] void CheckFailed(const char* file, int line, const char* promise);

}  // namespace skerry

#define SKERRY_CHECK(condition, promise) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::skerry::CheckFailed(__FILE__, __LINE__, promise))
