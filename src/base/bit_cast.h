// The bits of one value as another type. std::bit_cast, which Emscripten's standard library does not have yet.
#pragma once

#include <cstring>
#include <type_traits>

namespace skerry {

template <typename To, typename From>
To BitCast(const From& from) {
  static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>);
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

}  // namespace skerry
