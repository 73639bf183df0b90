#include "http/compressor.h"

#include <zlib.h>
#include <zstd.h>

#include "base/check.h"

namespace skerry::http {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

}  // namespace

struct CompressionState::States {
  States() {
    constexpr int kRawWindow = -15;  // Negative: without header and trailer, which each stream writes itself.
    constexpr int kMemoryLevel = 8;
    // Level 1: rows are repetitive enough for it, and a service compresses once per connection.
    const int result = deflateInit2(&deflate, 1, Z_DEFLATED, kRawWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
    SKERRY_CHECK(result == Z_OK && zstd != nullptr, "there is memory for a compressor when the service starts");
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, 1);
    // A quarter of a MiB looks back over some thousand rows, and a decoder needs no more.
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, 18);
  }
  ~States() {
    deflateEnd(&deflate);
    ZSTD_freeCCtx(zstd);
  }

  z_stream deflate{};
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
};

CompressionState::CompressionState() : states_(std::make_unique<States>()) {}
CompressionState::~CompressionState() = default;

// One member (RFC 1952) of as many flushed runs of blocks as there are pieces.
class Gzip final : public Compressor {
 public:
  explicit Gzip(CompressionState& state) : stream_(state.states_->deflate) {}

  void Write(std::string_view bytes, std::string& out) override {
    Begin(out);
    Deflate(bytes, Z_SYNC_FLUSH, out);
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    crc_ = crc32(crc_, data, static_cast<uInt>(bytes.size()));
    size_ += static_cast<std::uint32_t>(bytes.size());
  }

  void Finish(std::string& out) override {
    Begin(out);
    Deflate({}, Z_FINISH, out);
    AppendNumber(static_cast<std::uint32_t>(crc_), out);
    AppendNumber(size_, out);
  }

 private:
  void Begin(std::string& out) {
    if (has_begun_) return;
    has_begun_ = true;
    out.append("\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10);  // Deflate, no name, no time, fastest, system unknown.
  }

  static void AppendNumber(std::uint32_t value, std::string& out) {
    for (int i = 0; i < 4; ++i, value >>= 8) out.push_back(static_cast<char>(value & 0xff));
  }

  void Deflate(std::string_view bytes, int flush, std::string& out) {
    deflateReset(&stream_);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it.
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      const std::size_t size = out.size();
      out.resize(size + kPieceBytes);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + size);
      stream_.avail_out = static_cast<uInt>(kPieceBytes);
      deflate(&stream_, flush);
      out.resize(out.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream& stream_;
  bool has_begun_ = false;
  uLong crc_ = crc32(0, nullptr, 0);
  std::uint32_t size_ = 0;  // Modulo 2^32, as the format has it.
};

// One frame per piece (RFC 8878, section 3: compressed data is one or more frames).
class Zstd final : public Compressor {
 public:
  explicit Zstd(CompressionState& state) : context_(state.states_->zstd) {}

  void Write(std::string_view bytes, std::string& out) override {
    ZSTD_CCtx_reset(context_, ZSTD_reset_session_only);
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      const std::size_t size = out.size();
      out.resize(size + kPieceBytes);
      ZSTD_outBuffer output{out.data() + size, kPieceBytes, 0};
      left = ZSTD_compressStream2(context_, &output, &input, ZSTD_e_end);
      SKERRY_CHECK(ZSTD_isError(left) == 0, "zstd compresses what it is given");
      out.resize(size + output.pos);
    } while (left != 0);
    is_empty_ = false;
  }

  void Finish(std::string& out) override {
    if (is_empty_) Write({}, out);
  }

 private:
  ZSTD_CCtx* context_;
  bool is_empty_ = true;
};

std::unique_ptr<Compressor> MakeCompressor(Compression compression, CompressionState& state) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<Gzip>(state);
    case Compression::kZstd:
      return std::make_unique<Zstd>(state);
    case Compression::kIdentity:
      break;
  }
  return nullptr;
}

}  // namespace skerry::http
