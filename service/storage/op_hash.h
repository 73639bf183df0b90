// The checksums of operations (service.md, section 5.3) and the names of source rows in subkeys.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bucket/checksum.h"

namespace skerry::storage {

// The front of a SHA-256: long enough to tell two rows apart, so that an equal row need not be written again.
struct Digest {
  std::array<std::uint8_t, 16> bytes{};

  // The first four bytes, little endian.
  bucket::Checksum checksum() const;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

// Keeps the state of the hash function between calls, which is most of the cost for short texts. One per thread.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Of "put.<type>.<id>.<data>".
  Digest Put(std::string_view type, std::string_view id, std::string_view data);
  // Of "delete.<subkey>".
  Digest Remove(std::string_view subkey);
  // Of a source row as one object of a bucket: equal for the operations that supersede each other.
  Digest Member(std::string_view row_uuid, std::string_view type, std::string_view id);
  // The name-based UUID (version 8) of a source row: the same for the same table and key, for ever.
  Digest RowUuid(std::string_view table_id, std::string_view key);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// "<table id>/<32 hex digits>"
void AppendSubkey(std::string& out, std::string_view table_id, std::string_view row_uuid);

}  // namespace skerry::storage
