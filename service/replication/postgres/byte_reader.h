// Big-endian numbers and texts of the replication protocol. Reading past the end makes it fail for good.
#pragma once

#include <cstdint>
#include <string_view>

namespace skerry::replication::pg {

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t Number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : Bytes(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  char Char() { return static_cast<char>(Number(1)); }
  std::uint16_t Int16() { return static_cast<std::uint16_t>(Number(2)); }
  std::uint32_t Int32() { return static_cast<std::uint32_t>(Number(4)); }
  std::uint64_t Int64() { return Number(8); }

  std::string_view Bytes(std::size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  // Up to a zero byte.
  std::string_view Text() {
    const std::string_view text = Bytes(bytes_.find('\0'));
    Bytes(1);
    return text;
  }
  std::string_view Rest() const { return bytes_; }
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace skerry::replication::pg
