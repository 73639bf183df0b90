#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace skerry {

void CheckFailed(const char* file, int line, const char* promise) {
  std::fprintf(stderr, "skerry: broken promise at %s:%d: %s\n", file, line, promise);
  std::abort();
}

}  // namespace skerry
