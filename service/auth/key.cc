#include "auth/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <optional>

#include "auth/base64url.h"
#include "auth/jwk.h"

namespace skerry::auth {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 16384;  // A larger modulus costs seconds per token.
constexpr std::size_t kMinSecretBytes = 32;

template <typename T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* value) const { Free(value); }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM, OSSL_PARAM_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG, ECDSA_SIG_free>>;

struct Curve {
  std::string_view name;    // As a JWK names it.
  const char* group;        // As OpenSSL names it.
  std::size_t field_bytes;  // Of one coordinate, and of each half of a signature.
};
constexpr Curve kCurves[] = {{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}};

const Curve* FindCurve(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kCurves), std::end(kCurves), [&](const Curve& c) { return c.name == name; });
  return found == std::end(kCurves) ? nullptr : found;
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Error Wrong(std::string message) { return Error{ErrorCode::kConfig, std::move(message)}; }

Result<std::string> DecodeMember(const char* name, const std::string& text) {
  if (text.empty()) return Wrong(std::string("member '") + name + "' is missing");
  // Tools write secrets with padding; that changes nothing about the bytes.
  const std::size_t padding = text.size() - 1 - text.find_last_not_of('=');
  auto bytes = DecodeBase64Url(std::string_view(text).substr(0, text.size() - std::min(padding, std::size_t{2})));
  if (!bytes || bytes->empty()) return Wrong(std::string("member '") + name + "' is not base64url");
  return *std::move(bytes);
}

EVP_PKEY* BuildPkey(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pkey = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return pkey;
}

Result<EVP_PKEY*> MakeRsa(const Jwk& jwk) {
  SKERRY_ASSIGN(n, DecodeMember("n", jwk.n));
  SKERRY_ASSIGN(e, DecodeMember("e", jwk.e));
  const Number modulus(BN_bin2bn(Bytes(n), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(Bytes(e), static_cast<int>(e.size()), nullptr));
  if (BN_num_bits(modulus.get()) < kMinRsaBits) return Wrong("an RSA key must have at least 2048 bits");
  if (BN_num_bits(modulus.get()) > kMaxRsaBits) return Wrong("an RSA key must have at most 16384 bits");
  if (!BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) || BN_num_bits(exponent.get()) > 64) {
    return Wrong("the RSA exponent 'e' is not usable");
  }
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  EVP_PKEY* pkey = BuildPkey("RSA", builder.get());
  if (pkey == nullptr) return Wrong("the RSA key is not valid");
  return pkey;
}

Result<EVP_PKEY*> MakeEc(const Jwk& jwk) {
  const Curve* curve = FindCurve(jwk.crv);
  if (curve == nullptr) return Wrong("the curve '" + jwk.crv + "' is not one of P-256, P-384, P-521");
  SKERRY_ASSIGN(x, DecodeMember("x", jwk.x));
  SKERRY_ASSIGN(y, DecodeMember("y", jwk.y));
  if (x.size() != curve->field_bytes || y.size() != curve->field_bytes) {
    return Wrong("'x' and 'y' must have " + std::to_string(curve->field_bytes) + " bytes each on " + jwk.crv);
  }
  const std::string point = "\x04" + x + y;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  EVP_PKEY* pkey = BuildPkey("EC", builder.get());
  if (pkey == nullptr) return Wrong("the point ('x', 'y') is not on " + jwk.crv);
  const PkeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr));
  if (!check || EVP_PKEY_public_check(check.get()) != 1) {
    EVP_PKEY_free(pkey);
    return Wrong("the point ('x', 'y') is not a public key on " + jwk.crv);
  }
  return pkey;
}

Result<EVP_PKEY*> MakeOkp(const Jwk& jwk) {
  const int type = jwk.crv == "Ed25519" ? EVP_PKEY_ED25519 : jwk.crv == "Ed448" ? EVP_PKEY_ED448 : EVP_PKEY_NONE;
  if (type == EVP_PKEY_NONE) return Wrong("the curve '" + jwk.crv + "' is not one of Ed25519, Ed448");
  SKERRY_ASSIGN(x, DecodeMember("x", jwk.x));
  EVP_PKEY* pkey = EVP_PKEY_new_raw_public_key(type, nullptr, Bytes(x), x.size());
  if (pkey == nullptr) return Wrong("'x' is not a public key on " + jwk.crv);
  return pkey;
}

bool VerifyHmac(const Algorithm& algorithm, const std::string& secret, std::string_view text, std::string_view mac) {
  unsigned char expected[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  const std::string digest(algorithm.digest);
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, digest.c_str(), nullptr, secret.data(), secret.size(), Bytes(text),
                text.size(), expected, sizeof expected, &size) == nullptr) {
    return false;
  }
  return mac.size() == size && CRYPTO_memcmp(mac.data(), expected, size) == 0;
}

// JOSE writes an ECDSA signature as r and s side by side, OpenSSL reads DER. The raw length is exact: a DER signature
// or a shortened number is not accepted.
std::optional<std::string> RawToDer(std::string_view raw, std::size_t field_bytes) {
  if (raw.size() != 2 * field_bytes) return std::nullopt;
  const EcdsaSignature signature(ECDSA_SIG_new());
  const int half = static_cast<int>(field_bytes);
  if (ECDSA_SIG_set0(signature.get(), BN_bin2bn(Bytes(raw), half, nullptr),
                     BN_bin2bn(Bytes(raw) + half, half, nullptr)) != 1) {
    return std::nullopt;
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool VerifyPublic(const Algorithm& algorithm, EVP_PKEY* pkey, std::string_view text, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  const std::string digest(algorithm.digest);
  if (!context || EVP_DigestVerifyInit_ex(context.get(), nullptr, digest.empty() ? nullptr : digest.c_str(), nullptr,
                                          nullptr, pkey, nullptr) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text), text.size()) == 1;
}

}  // namespace

void Key::FreePkey::operator()(evp_pkey_st* pkey) const { EVP_PKEY_free(pkey); }

Result<Key> Key::FromJwk(std::string_view jwk_json) {
  SKERRY_ASSIGN(jwk, ParseJwk(jwk_json));
  const std::string name = jwk.kid.empty() ? "a key without kid" : "key '" + jwk.kid + "'";
  const auto refuse = [&](std::string why) { return Wrong(name + ": " + std::move(why)); };

  if (!jwk.use.empty() && jwk.use != "sig") return refuse("'use' is '" + jwk.use + "', only 'sig' can verify tokens");
  if (jwk.key_ops && std::find(jwk.key_ops->begin(), jwk.key_ops->end(), "verify") == jwk.key_ops->end()) {
    return refuse("'key_ops' does not list 'verify'");
  }
  Key key;
  Result<EVP_PKEY*> pkey(nullptr);
  if (jwk.kty == "oct") {
    auto secret = DecodeMember("k", jwk.k);
    if (!secret.ok()) return refuse(secret.error().message);
    if (secret->size() < kMinSecretBytes) return refuse("an HMAC secret must have at least 32 bytes");
    key.family_ = Family::kHmac;
    key.secret_ = *std::move(secret);
  } else if (jwk.kty == "RSA") {
    if (jwk.kid.empty()) return refuse("an RSA key needs a 'kid'");
    key.family_ = Family::kRsa;
    pkey = MakeRsa(jwk);
  } else if (jwk.kty == "EC") {
    key.family_ = Family::kEcdsa;
    key.curve_ = jwk.crv;
    pkey = MakeEc(jwk);
  } else if (jwk.kty == "OKP") {
    key.family_ = Family::kEddsa;
    pkey = MakeOkp(jwk);
  } else {
    return refuse("'kty' is '" + jwk.kty + "', expected oct, RSA, EC or OKP");
  }
  if (!pkey.ok()) return refuse(pkey.error().message);
  key.public_key_.reset(*pkey);
  if (!jwk.alg.empty()) {
    key.alg_ = jwk.alg;
    const Algorithm* algorithm = FindAlgorithm(jwk.alg);
    if (algorithm == nullptr || !key.Accepts(*algorithm)) {
      return refuse("'alg' is '" + jwk.alg + "', which a key of this type cannot verify");
    }
  }
  key.kid_ = std::move(jwk.kid);
  return key;
}

bool Key::Accepts(const Algorithm& algorithm) const {
  if (algorithm.family != family_) return false;
  if (family_ == Family::kEcdsa && algorithm.curve != curve_) return false;
  return alg_.empty() || alg_ == algorithm.name;
}

bool Key::Verify(const Algorithm& algorithm, std::string_view signed_text, std::string_view signature) const {
  if (!Accepts(algorithm)) return false;
  if (family_ == Family::kHmac) return VerifyHmac(algorithm, secret_, signed_text, signature);
  if (family_ != Family::kEcdsa) return VerifyPublic(algorithm, public_key_.get(), signed_text, signature);
  const auto der = RawToDer(signature, FindCurve(curve_)->field_bytes);
  return der && VerifyPublic(algorithm, public_key_.get(), signed_text, *der);
}

}  // namespace skerry::auth
