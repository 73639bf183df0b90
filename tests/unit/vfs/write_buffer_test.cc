#include "vfs/write_buffer.h"

#include <random>

#include "unit/vfs/support.h"

namespace skerry::vfs::test {

TEST_CASE("neighbouring writes leave as one", "[vfs]") {
  WatchedBackend file;
  WriteBuffer buffer(file);
  REQUIRE(buffer.Write(0, Bytes("head")) == IoStatus::kOk);
  REQUIRE(buffer.Write(4, Bytes("page")) == IoStatus::kOk);
  REQUIRE(buffer.Write(8, Bytes("tail")) == IoStatus::kOk);
  CHECK(file.writes == 0);
  REQUIRE(buffer.Push() == IoStatus::kOk);
  CHECK(file.writes == 1);
  CHECK(ContentOf(file) == Bytes("headpagetail"));
}

TEST_CASE("a write elsewhere pushes the held run first", "[vfs]") {
  WatchedBackend file;
  WriteBuffer buffer(file);
  REQUIRE(buffer.Write(0, Bytes("aa")) == IoStatus::kOk);
  REQUIRE(buffer.Write(10, Bytes("bb")) == IoStatus::kOk);
  CHECK(file.writes == 1);
  CHECK(buffer.Size() == 12);
  CHECK(file.Size() == 2);
}

TEST_CASE("a run that cannot be pushed stays readable and can be pushed later", "[vfs]") {
  WatchedBackend file;
  WriteBuffer buffer(file);
  file.before_write = [] { return IoStatus::kFull; };
  REQUIRE(buffer.Write(0, Bytes("page")) == IoStatus::kOk);
  CHECK(buffer.Push() == IoStatus::kFull);
  CHECK(buffer.Write(100, Bytes("else")) == IoStatus::kFull);
  std::vector<std::uint8_t> read(4);
  CHECK(buffer.Read(0, read) == 4);
  CHECK(read == Bytes("page"));

  file.before_write = [] { return IoStatus::kOk; };
  CHECK(buffer.Push() == IoStatus::kOk);
  CHECK(ContentOf(file) == Bytes("page"));
}

TEST_CASE("the size is right after a failed write, a discard and a cut", "[vfs]") {
  WatchedBackend file;
  WriteBuffer buffer(file);
  REQUIRE(buffer.WriteThrough(0, Bytes("1234567890")) == IoStatus::kOk);
  REQUIRE(buffer.Write(10, Bytes("abcd")) == IoStatus::kOk);
  CHECK(buffer.Size() == 14);
  file.before_write = [] { return IoStatus::kFull; };
  CHECK(buffer.Push() == IoStatus::kFull);
  buffer.Discard();
  CHECK(buffer.Size() == 12);  // Half of the run was written before it failed.
  CHECK(buffer.Truncate(5) == IoStatus::kOk);
  CHECK(buffer.Size() == 5);
  CHECK(ContentOf(file) == Bytes("12345"));
}

TEST_CASE("a buffered file cannot be told from a plain one", "[vfs]") {
  const unsigned seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  WatchedBackend file;
  WriteBuffer buffer(file);
  MemoryBackend plain;

  for (int step = 0; step < 2000; ++step) {
    const int offset = below(300) * 16;
    switch (below(8)) {
      case 0:
        REQUIRE(buffer.Push() == IoStatus::kOk);
        break;
      case 1:
        REQUIRE(buffer.Truncate(offset) == IoStatus::kOk);
        REQUIRE(plain.Truncate(offset) == IoStatus::kOk);
        break;
      case 2:
      case 3: {
        std::vector<std::uint8_t> held(static_cast<std::size_t>(below(200) + 1), 0xee);
        std::vector<std::uint8_t> expected = held;
        const auto got = buffer.Read(offset, held);
        REQUIRE(got == plain.Read(offset, expected));
        held.resize(*got);
        expected.resize(*got);
        REQUIRE(held == expected);
        break;
      }
      default: {
        const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(below(64) + 1), static_cast<std::uint8_t>(step));
        REQUIRE((below(4) == 0 ? buffer.WriteThrough(offset, bytes) : buffer.Write(offset, bytes)) == IoStatus::kOk);
        REQUIRE(plain.Write(offset, bytes) == IoStatus::kOk);
      }
    }
    REQUIRE(buffer.Size() == plain.Size());
  }
  REQUIRE(buffer.Push() == IoStatus::kOk);
  CHECK(ContentOf(file) == ContentOf(plain));
}

}  // namespace skerry::vfs::test
