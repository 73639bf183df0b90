#include "replication/row_key.h"

namespace skerry::replication {
namespace {

void AppendHex(std::string& out, char kind, std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  out += kind;
  out += '"';
  for (const char c : bytes) {
    out += kHex[(static_cast<unsigned char>(c) >> 4) & 0xf];
    out += kHex[static_cast<unsigned char>(c) & 0xf];
  }
  out += '"';
}

}  // namespace

bool AppendRowKey(std::string& out, std::span<const row::Value> parts, NullInKey null) {
  out += '[';
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += ',';
    const row::Value& part = parts[i];
    std::string repaired;
    if (part.is_null()) {
      if (null == NullInKey::kIsNoKey) return false;
      out += "null";
    } else if (part.type == row::Type::kBlob) {
      AppendHex(out, 'x', part.bytes);
    } else if (part.type == row::Type::kText && row::ValidUtf8(part.bytes, repaired).data() != part.bytes.data()) {
      AppendHex(out, 't', part.bytes);  // Two texts that are not UTF-8 may look the same once they are repaired.
    } else {
      (void)row::AppendKey(out, part);  // False for NULL and blobs only.
    }
  }
  out += ']';
  return true;
}

}  // namespace skerry::replication
