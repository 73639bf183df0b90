// Compressed bodies, decoded by the libraries' own decoders.
#include "http/compressor.h"

#include <zlib.h>
#include <zstd.h>

#include "base/random.h"
#include "support/catch.h"

namespace skerry::http {
namespace {

// Decoders that are fed what was sent so far, as a client feeds them.
class GunzipStream {
 public:
  GunzipStream() { inflateInit2(&stream_, 15 + 16); }
  ~GunzipStream() { inflateEnd(&stream_); }
  std::string Feed(std::string bytes) {
    std::string text(1 << 22, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_out = static_cast<uInt>(text.size());
    ended = inflate(&stream_, Z_SYNC_FLUSH) == Z_STREAM_END;
    text.resize(text.size() - stream_.avail_out);
    return text;
  }
  bool ended = false;

 private:
  z_stream stream_{};
};

class UnzstdStream {
 public:
  ~UnzstdStream() { ZSTD_freeDCtx(context_); }
  std::string Feed(const std::string& bytes) {
    std::string text(1 << 22, '\0');
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer output{text.data(), text.size(), 0};
    std::size_t left = 1;
    while (input.pos < input.size) left = ZSTD_decompressStream(context_, &output, &input);
    ended = left == 0;
    text.resize(output.pos);
    return text;
  }
  bool ended = false;

 private:
  ZSTD_DCtx* context_ = ZSTD_createDCtx();
};

// Pieces from one byte to a MiB, some repetitive, some not.
std::vector<std::string> Pieces() {
  SeededRandom random(3);
  std::vector<std::string> pieces = {"{\"token_expires_in\":20}\n", "x", std::string(1 << 20, 'a')};
  std::string noise;
  while (noise.size() < 300'000) noise.push_back(static_cast<char>(random.Next() & 0xff));
  pieces.push_back(noise);
  for (int i = 0; i < 50; ++i) pieces.push_back("{\"data\":" + std::to_string(random.Next()) + "}\n");
  return pieces;
}

template <typename Decoder>
void CheckEachPieceArrives(Compression compression) {
  const auto compressor = MakeCompressor(compression);
  Decoder decoder;
  for (const std::string& piece : Pieces()) {
    std::string out;
    compressor->Write(piece, out);
    CHECK(decoder.Feed(out) == piece);
    CHECK_FALSE(decoder.ended);
  }
  std::string end;
  compressor->Finish(end);
  CHECK(decoder.Feed(end).empty());
  CHECK(decoder.ended);
}

}  // namespace

TEST_CASE("what was written can be decoded at once, piece by piece", "[http][P-043]") {
  CheckEachPieceArrives<GunzipStream>(Compression::kGzip);
  CheckEachPieceArrives<UnzstdStream>(Compression::kZstd);
  CHECK(MakeCompressor(Compression::kIdentity) == nullptr);
}

TEST_CASE("rows get smaller", "[http]") {
  std::string rows;
  for (int i = 0; i < 1000; ++i) rows += "{\"id\":\"" + std::to_string(i) + "\",\"list\":\"groceries\",\"done\":0}\n";
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    std::string out;
    MakeCompressor(compression)->Write(rows, out);
    CHECK(out.size() * 4 < rows.size());
  }
}

}  // namespace skerry::http
