#include "unit/service_auth/signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <vector>

#include "auth/base64url.h"

namespace skerry::test {
namespace {

using auth::EncodeBase64Url;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void Must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL failed in a test's set-up");
}

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* pkey) {
  Must(pkey != nullptr);
  return {pkey, EVP_PKEY_free};
}

std::string Digest(std::string_view algorithm) { return "SHA" + std::string(algorithm.substr(2)); }

std::size_t FieldBytes(std::string_view algorithm) {
  return algorithm == "ES256" ? 32 : algorithm == "ES384" ? 48 : 66;
}

std::string Number(const EVP_PKEY* pkey, const char* name, std::size_t size) {
  BIGNUM* number = nullptr;
  Must(EVP_PKEY_get_bn_param(pkey, name, &number) == 1);
  std::string bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : size, '\0');
  Must(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) >= 0);
  BN_free(number);
  return EncodeBase64Url(bytes);
}

}  // namespace

Signer Signer::Hmac(std::string_view algorithm, std::string secret) {
  Signer signer;
  signer.algorithm_ = algorithm;
  signer.secret_ = std::move(secret);
  return signer;
}

Signer Signer::Rsa(std::string_view algorithm, int bits) {
  Signer signer;
  signer.algorithm_ = algorithm;
  signer.pkey_ = Own(EVP_RSA_gen(static_cast<unsigned>(bits)));
  return signer;
}

Signer Signer::Ec(std::string_view algorithm) {
  Signer signer;
  signer.algorithm_ = algorithm;
  signer.curve_ = algorithm == "ES256" ? "P-256" : algorithm == "ES384" ? "P-384" : "P-521";
  signer.pkey_ = Own(EVP_EC_gen(signer.curve_.c_str()));
  return signer;
}

Signer Signer::Ed(std::string_view curve) {
  Signer signer;
  signer.algorithm_ = "EdDSA";
  signer.curve_ = curve;
  signer.pkey_ = Own(EVP_PKEY_Q_keygen(nullptr, nullptr, curve == "Ed25519" ? "ED25519" : "ED448"));
  return signer;
}

std::string Signer::Jwk(std::string_view extra) const {
  const std::string start = "{" + std::string(extra);
  if (!pkey_) return start + R"("kty":"oct","k":")" + EncodeBase64Url(secret_) + "\"}";
  if (algorithm_[0] == 'R') {
    return start + R"("kty":"RSA","n":")" + Number(pkey_.get(), OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
           Number(pkey_.get(), OSSL_PKEY_PARAM_RSA_E, 0) + "\"}";
  }
  const std::string curve = R"(,"crv":")" + curve_ + R"(","x":")";
  if (algorithm_ == "EdDSA") {
    unsigned char raw[64];
    std::size_t size = sizeof raw;
    Must(EVP_PKEY_get_raw_public_key(pkey_.get(), raw, &size) == 1);
    return start + R"("kty":"OKP")" + curve + EncodeBase64Url({reinterpret_cast<char*>(raw), size}) + "\"}";
  }
  const std::size_t size = FieldBytes(algorithm_);
  return start + R"("kty":"EC")" + curve + Number(pkey_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size) + R"(","y":")" +
         Number(pkey_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size) + "\"}";
}

std::string Signer::Pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  Must(PEM_write_bio_PUBKEY(bio, pkey_.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string Signer::SignNative(std::string_view text) const {
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (!pkey_) {
    Must(EVP_Q_mac(nullptr, "HMAC", nullptr, Digest(algorithm_).c_str(), nullptr, secret_.data(), secret_.size(),
                   Bytes(text), text.size(), out, size, &size) != nullptr);
  } else {
    const bool is_ed = algorithm_ == "EdDSA";
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    Must(EVP_DigestSignInit_ex(context, nullptr, is_ed ? nullptr : Digest(algorithm_).c_str(), nullptr, nullptr,
                               pkey_.get(), nullptr) == 1);
    Must(EVP_DigestSign(context, out, &size, Bytes(text), text.size()) == 1);
    EVP_MD_CTX_free(context);
  }
  signature.resize(size);
  return signature;
}

std::string Signer::Sign(std::string_view text) const {
  const std::string native = SignNative(text);
  if (algorithm_[0] != 'E' || algorithm_ == "EdDSA") return native;
  const unsigned char* der = Bytes(native);
  ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(native.size()));
  Must(parsed != nullptr);
  const std::size_t half = FieldBytes(algorithm_);
  std::string raw(2 * half, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out, static_cast<int>(half));
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out + half, static_cast<int>(half));
  ECDSA_SIG_free(parsed);
  return raw;
}

std::string Signer::TokenWithHeader(std::string_view header_json, std::string_view claims_json) const {
  const std::string text = EncodeBase64Url(header_json) + "." + EncodeBase64Url(claims_json);
  return text + "." + EncodeBase64Url(Sign(text));
}

std::string Signer::Token(std::string_view claims_json, std::string_view kid) const {
  std::string header = R"({"alg":")" + algorithm_ + '"';
  if (!kid.empty()) header += R"(,"kid":")" + std::string(kid) + '"';
  return TokenWithHeader(header + "}", claims_json);
}

}  // namespace skerry::test
