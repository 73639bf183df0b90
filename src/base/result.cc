#include "base/result.h"

namespace skerry {

std::string_view WireName(ErrorCode code) {
  switch (code) {
#define SKERRY_ERROR(name, wire, retry, text) \
  case ErrorCode::name:                       \
    return wire;
#include "base/error_codes.def"
#undef SKERRY_ERROR
  }
  return "internal";
}

}  // namespace skerry
