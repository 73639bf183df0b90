#include "http/compressor.h"

#include <zlib.h>
#include <zstd.h>

#include "base/check.h"

namespace skerry::http {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

class Gzip final : public Compressor {
 public:
  Gzip() {
    constexpr int kGzipWindow = 15 + 16;  // 16: with a gzip header.
    constexpr int kMemoryLevel = 8;
    // Level 1: rows are repetitive enough for it, and a service compresses once per connection.
    const int result = deflateInit2(&stream_, 1, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
    SKERRY_CHECK(result == Z_OK, "zlib finds memory for a stream");
  }
  ~Gzip() override { deflateEnd(&stream_); }
  void Write(std::string_view bytes, std::string& out) override { Deflate(bytes, Z_SYNC_FLUSH, out); }
  void Finish(std::string& out) override { Deflate({}, Z_FINISH, out); }

 private:
  void Deflate(std::string_view bytes, int flush, std::string& out) {
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

  z_stream stream_{};
};

class Zstd final : public Compressor {
 public:
  Zstd() : context_(ZSTD_createCCtx()) {
    SKERRY_CHECK(context_ != nullptr, "zstd finds memory for a stream");
    ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, 1);
    // A quarter of a MiB looks back over some thousand rows; the default would cost several MiB per connection.
    ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, 18);
  }
  ~Zstd() override { ZSTD_freeCCtx(context_); }
  void Write(std::string_view bytes, std::string& out) override { Compress(bytes, ZSTD_e_flush, out); }
  void Finish(std::string& out) override { Compress({}, ZSTD_e_end, out); }

 private:
  void Compress(std::string_view bytes, ZSTD_EndDirective directive, std::string& out) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      const std::size_t size = out.size();
      out.resize(size + kPieceBytes);
      ZSTD_outBuffer output{out.data() + size, kPieceBytes, 0};
      left = ZSTD_compressStream2(context_, &output, &input, directive);
      SKERRY_CHECK(ZSTD_isError(left) == 0, "zstd compresses what it is given");
      out.resize(size + output.pos);
    } while (left != 0);
  }

  ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<Compressor> MakeCompressor(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<Gzip>();
    case Compression::kZstd:
      return std::make_unique<Zstd>();
    case Compression::kIdentity:
      break;
  }
  return nullptr;
}

}  // namespace skerry::http
