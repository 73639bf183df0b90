#include "auth/algorithm.h"

namespace skerry::auth {
namespace {

constexpr Algorithm kAlgorithms[] = {
    {"HS256", Family::kHmac, "SHA256", {}},       {"HS384", Family::kHmac, "SHA384", {}},
    {"HS512", Family::kHmac, "SHA512", {}},       {"RS256", Family::kRsa, "SHA256", {}},
    {"RS384", Family::kRsa, "SHA384", {}},        {"RS512", Family::kRsa, "SHA512", {}},
    {"ES256", Family::kEcdsa, "SHA256", "P-256"}, {"ES384", Family::kEcdsa, "SHA384", "P-384"},
    {"ES512", Family::kEcdsa, "SHA512", "P-521"}, {"EdDSA", Family::kEddsa, {}, {}},
};

}  // namespace

const Algorithm* FindAlgorithm(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

}  // namespace skerry::auth
