#include "storage/record.h"

namespace skerry::storage {
namespace {

void AppendNumber(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(static_cast<unsigned char>(value) | 0x80u);
  out += static_cast<char>(value);
}

void AppendText(std::string& out, std::string_view text) {
  AppendNumber(out, text.size());
  out += text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool Number(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !text_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(text_.front());
      text_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool Text(std::string_view& text) {
    std::uint64_t size = 0;
    if (!Number(size) || size > text_.size()) return false;
    text = text_.substr(0, size);
    text_.remove_prefix(size);
    return true;
  }
  bool is_at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

}  // namespace

void EncodeRecord(const Record& record, std::string& out) {
  AppendNumber(out, record.memberships.size());
  for (const Record::Membership& membership : record.memberships) {
    AppendNumber(out, static_cast<std::uint64_t>(membership.bucket));
    AppendText(out, membership.type);
    AppendText(out, membership.id);
    AppendText(out, membership.digest);
  }
  for (const Record::Entry& entry : record.entries) {
    AppendNumber(out, entry.index);
    AppendText(out, entry.key);
    AppendText(out, entry.outputs);
  }
}

std::optional<Record> DecodeRecord(std::string_view text) {
  Record record;
  Reader reader(text);
  std::uint64_t count = 0;
  if (!reader.Number(count)) return std::nullopt;
  for (; count > 0; --count) {
    Record::Membership& membership = record.memberships.emplace_back();
    std::uint64_t bucket = 0;
    if (!reader.Number(bucket) || !reader.Text(membership.type) || !reader.Text(membership.id) ||
        !reader.Text(membership.digest)) {
      return std::nullopt;
    }
    membership.bucket = static_cast<std::int64_t>(bucket);
  }
  while (!reader.is_at_end()) {
    Record::Entry& entry = record.entries.emplace_back();
    std::uint64_t index = 0;
    if (!reader.Number(index) || !reader.Text(entry.key) || !reader.Text(entry.outputs)) return std::nullopt;
    entry.index = static_cast<std::uint32_t>(index);
  }
  return record;
}

}  // namespace skerry::storage
