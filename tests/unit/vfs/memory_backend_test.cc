#include "vfs/memory_backend.h"

#include "unit/vfs/support.h"

namespace skerry::vfs::test {

TEST_CASE("a file in memory reads back what was written, across blocks", "[vfs]") {
  MemoryBackend file;
  std::vector<std::uint8_t> written(200'000);
  for (std::size_t i = 0; i < written.size(); ++i) written[i] = static_cast<std::uint8_t>(i * 31);
  REQUIRE(file.Write(1000, written) == IoStatus::kOk);
  CHECK(file.Size() == 201'000);

  std::vector<std::uint8_t> read(written.size());
  CHECK(file.Read(1000, read) == written.size());
  CHECK(read == written);
}

TEST_CASE("a read at the end of a file in memory is short", "[vfs]") {
  MemoryBackend file;
  REQUIRE(file.Write(0, Bytes("abc")) == IoStatus::kOk);
  std::vector<std::uint8_t> read(10);
  CHECK(file.Read(1, read) == 2);
  CHECK(file.Read(3, read) == 0);
  CHECK(file.Read(1'000'000, read) == 0);
}

TEST_CASE("what was cut off a file in memory reads as zeros once it grows again", "[vfs]") {
  MemoryBackend file;
  REQUIRE(file.Write(0, std::vector<std::uint8_t>(100'000, 7)) == IoStatus::kOk);
  REQUIRE(file.Truncate(10) == IoStatus::kOk);
  REQUIRE(file.Truncate(100'000) == IoStatus::kOk);
  const auto content = ContentOf(file);
  CHECK(content[9] == 7);
  CHECK(std::count(content.begin(), content.end(), 0) == 99'990);
}

}  // namespace skerry::vfs::test
