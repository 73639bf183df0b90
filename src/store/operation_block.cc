#include "store/operation_block.h"

namespace skerry::store {

namespace {

constexpr unsigned kKindBits = 3;
constexpr unsigned kHasSubkey = 4;
constexpr unsigned kHasData = 8;

std::size_t PutVarint(char* out, std::uint64_t value) {
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) out[size++] = static_cast<char>(value | 0x80);
  out[size++] = static_cast<char>(value);
  return size;
}

void AppendText(std::string& block, std::string_view text) {
  char size[10];
  block.append(size, PutVarint(size, text.size()));
  block.append(text);
}

}  // namespace

void AppendOperation(std::string& block, const bucket::Operation& operation) {
  const unsigned flags =
      static_cast<unsigned>(operation.kind) | (operation.subkey ? kHasSubkey : 0) | (operation.data ? kHasData : 0);
  char head[16];
  std::size_t size = 0;
  head[size++] = static_cast<char>(flags);
  size += PutVarint(head + size, static_cast<std::uint64_t>(Raw(operation.id)));
  for (std::uint32_t sum = operation.checksum.value(), i = 0; i < 4; ++i, sum >>= 8) {
    head[size++] = static_cast<char>(sum & 0xff);
  }
  block.append(head, size);
  AppendText(block, operation.object_type);
  AppendText(block, operation.object_id);
  if (operation.subkey) AppendText(block, *operation.subkey);
  if (operation.data) AppendText(block, *operation.data);
}

bool BlockReader::Damaged() {
  is_damaged_ = true;
  rest_ = {};
  return false;
}

bool BlockReader::ReadVarint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return Damaged();
}

bool BlockReader::ReadText(std::string_view& text) {
  std::uint64_t size = 0;
  if (!ReadVarint(size)) return false;
  if (size > rest_.size()) return Damaged();
  text = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

bool BlockReader::Next(bucket::Operation& operation) {
  if (rest_.empty()) return false;
  const auto flags = static_cast<unsigned char>(rest_.front());
  rest_.remove_prefix(1);
  std::uint64_t id = 0;
  if (flags > (kKindBits | kHasSubkey | kHasData)) return Damaged();
  if (!ReadVarint(id)) return false;
  if (rest_.size() < 4) return Damaged();
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < 4; ++i) sum |= static_cast<std::uint32_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  rest_.remove_prefix(4);

  operation.id = OpId{static_cast<std::int64_t>(id)};
  operation.kind = static_cast<bucket::OpKind>(flags & kKindBits);
  operation.checksum = bucket::Checksum(sum);
  operation.subkey.reset();
  operation.data.reset();
  if (!ReadText(operation.object_type) || !ReadText(operation.object_id)) return false;
  if ((flags & kHasSubkey) != 0 && !ReadText(operation.subkey.emplace())) return false;
  if ((flags & kHasData) != 0 && !ReadText(operation.data.emplace())) return false;
  return true;
}

}  // namespace skerry::store
