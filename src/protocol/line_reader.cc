#include "protocol/line_reader.h"

#include <algorithm>

#include "base/check.h"

namespace skerry::protocol {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kMinDocumentBytes = 5;  // The length and the closing zero byte.

std::string_view Trim(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

// The little-endian length that a document begins with.
std::uint32_t DocumentLength(const char* bytes) {
  std::uint32_t length = 0;
  for (int i = 3; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

}  // namespace

LineReader::LineReader(Encoding encoding, std::size_t max_line_bytes)
    : encoding_(encoding), max_line_bytes_(max_line_bytes) {}

void LineReader::Feed(std::span<const std::uint8_t> bytes) {
  if (failure_) return;
  SKERRY_CHECK(input_.empty(), "all lines are taken before more bytes are fed");
  input_ = std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<std::optional<std::string_view>> LineReader::Next() {
  if (failure_) return *failure_;
  if (partial_taken_) {
    partial_.clear();
    partial_taken_ = false;
  }
  return encoding_ == Encoding::kBson ? NextDocument() : NextLine();
}

Error LineReader::Fail(std::string message) {
  input_ = {};
  partial_ = {};
  failure_ = Error{ErrorCode::kProtocol, std::move(message)};
  return *failure_;
}

Error LineReader::FailTooLong() {
  return Fail("the service sent a line of more than " + std::to_string(max_line_bytes_) + " bytes");
}

Result<std::optional<std::string_view>> LineReader::NextLine() {
  while (!input_.empty()) {
    const std::size_t end = input_.find('\n');
    const std::string_view piece = input_.substr(0, end);
    if (piece.size() > max_line_bytes_ - partial_.size()) return FailTooLong();
    if (end == std::string_view::npos) {
      partial_.append(piece);
      input_ = {};
      break;
    }
    input_.remove_prefix(end + 1);
    std::string_view line = piece;
    if (!partial_.empty()) {
      partial_.append(piece);
      line = partial_;
    }
    line = Trim(line);
    if (!line.empty()) {
      partial_taken_ = !partial_.empty();
      return std::optional(line);
    }
    partial_.clear();
  }
  return std::optional<std::string_view>();
}

// Moves bytes of the input to the partial document until that has `size`. False if the input ended before.
bool LineReader::FillPartial(std::size_t size) {
  if (partial_.size() < size) {
    const std::size_t taken = std::min(size - partial_.size(), input_.size());
    partial_.append(input_.substr(0, taken));
    input_.remove_prefix(taken);
  }
  return partial_.size() == size;
}

Result<std::optional<std::string_view>> LineReader::NextDocument() {
  // A document that lies whole in the input is handed out from there; only cut ones are copied.
  const bool is_cut = !partial_.empty() || input_.size() < kLengthBytes;
  if (is_cut && partial_.size() < kLengthBytes && !FillPartial(kLengthBytes)) {
    return std::optional<std::string_view>();
  }
  const std::uint32_t length = DocumentLength(is_cut ? partial_.data() : input_.data());
  if (length < kMinDocumentBytes) return Fail("the service sent a BSON document of length " + std::to_string(length));
  if (length > max_line_bytes_) return FailTooLong();
  if (!is_cut && input_.size() >= length) {
    const std::string_view document = input_.substr(0, length);
    input_.remove_prefix(length);
    return std::optional(document);
  }
  if (!FillPartial(length)) return std::optional<std::string_view>();
  partial_taken_ = true;
  return std::optional<std::string_view>(partial_);
}

Result<std::optional<std::string_view>> LineReader::Finish() {
  // Next() said that nothing whole is left, so what is left is cut.
  auto next = Next();
  if (!next.ok() || next->has_value()) return next;
  if (encoding_ == Encoding::kBson) {
    if (!partial_.empty()) return Fail("the response ended inside a BSON document");
    return std::optional<std::string_view>();
  }
  const std::string_view line = Trim(partial_);
  partial_taken_ = true;
  if (line.empty()) return std::optional<std::string_view>();
  return std::optional(line);
}

}  // namespace skerry::protocol
