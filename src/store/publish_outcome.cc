#include "store/publish_outcome.h"

namespace skerry::store {

namespace {

std::string Hex(bucket::Checksum sum) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text.push_back(kDigits[(sum.value() >> shift) & 0xf]);
  return text;
}

}  // namespace

std::string DescribeMismatches(std::span<const BucketMismatch> mismatches) {
  std::string text = "Checksums didn't match, failed for: ";
  bool is_first = true;
  for (const BucketMismatch& each : mismatches) {
    if (!is_first) text.append(", ");
    is_first = false;
    text.append(each.bucket).append(" (expected ").append(Hex(each.expected));
    text.append(", got ").append(Hex(each.op + each.add));
    text.append(" = ").append(Hex(each.op)).append(" (op) + ").append(Hex(each.add)).append(" (add))");
  }
  return text;
}

}  // namespace skerry::store
