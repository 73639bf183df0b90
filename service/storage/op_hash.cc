#include "storage/op_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <initializer_list>

#include "base/check.h"

namespace skerry::storage {

bucket::Checksum Digest::checksum() const {
  return bucket::Checksum(static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
                          static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24);
}

struct Hasher::Context {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();

  ~Context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(algorithm);
  }

  Digest Hash(std::initializer_list<std::string_view> parts) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
    bool is_hashed = EVP_DigestInit_ex2(state, algorithm, nullptr) == 1;
    for (const std::string_view part : parts)
      is_hashed = is_hashed && EVP_DigestUpdate(state, part.data(), part.size()) == 1;
    is_hashed = is_hashed && EVP_DigestFinal_ex(state, full.data(), nullptr) == 1;
    SKERRY_CHECK(is_hashed, "SHA-256 of bytes in memory cannot fail");
    Digest digest;
    std::copy_n(full.begin(), digest.bytes.size(), digest.bytes.begin());
    return digest;
  }
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {
  SKERRY_CHECK(context_->algorithm != nullptr && context_->state != nullptr, "OpenSSL provides SHA-256");
}
Hasher::~Hasher() = default;

Digest Hasher::Put(std::string_view type, std::string_view id, std::string_view data) {
  return context_->Hash({"put.", type, ".", id, ".", data});
}

Digest Hasher::Remove(std::string_view subkey) { return context_->Hash({"delete.", subkey}); }

Digest Hasher::Member(std::string_view row_uuid, std::string_view type, std::string_view id) {
  return context_->Hash({row_uuid, type, std::string_view("\0", 1), id});
}

Digest Hasher::RowUuid(std::string_view table_id, std::string_view key) {
  Digest uuid = context_->Hash({"row.", table_id, ".", key});
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x80);  // RFC 9562: version 8,
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);  // variant 10.
  return uuid;
}

void AppendSubkey(std::string& out, std::string_view table_id, std::string_view row_uuid) {
  constexpr char kHex[] = "0123456789abcdef";
  out += table_id;
  out += '/';
  for (const char c : row_uuid) {
    out += kHex[(static_cast<unsigned char>(c) >> 4) & 0xf];
    out += kHex[static_cast<unsigned char>(c) & 0xf];
  }
}

}  // namespace skerry::storage
