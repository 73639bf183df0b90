#include "vfs/commit_watch.h"

#include "unit/vfs/support.h"

namespace skerry::vfs::test {
namespace {

constexpr std::int64_t kPage = 4096;
constexpr std::int64_t kFrame = kPage + 24;

std::int64_t FrameAt(int index) { return 32 + index * kFrame; }

class Watched {
 public:
  bool WalHeader() { return watch_.Completes(0, std::vector<std::uint8_t>(32)); }
  bool Header(int frame, bool commit) {
    std::vector<std::uint8_t> header(24);
    header[6] = commit ? 1 : 0;  // The database's size in pages, big-endian.
    return watch_.Completes(FrameAt(frame), header);
  }
  bool Page(int frame) { return watch_.Completes(FrameAt(frame) + 24, std::vector<std::uint8_t>(kPage)); }
  void TransactionEnded() { watch_.TransactionEnded(); }

 private:
  CommitWatch watch_;
};

}  // namespace

TEST_CASE("a transaction is complete with the page of its commit frame", "[vfs]") {
  Watched wal;
  CHECK_FALSE(wal.WalHeader());
  CHECK_FALSE(wal.Header(0, false));
  CHECK_FALSE(wal.Page(0));
  CHECK_FALSE(wal.Header(1, true));
  CHECK(wal.Page(1));
  wal.TransactionEnded();
  CHECK_FALSE(wal.Header(2, true));
  CHECK(wal.Page(2));
}

TEST_CASE("a transaction that wrote over its own frames is complete with the rewritten commit header", "[vfs]") {
  Watched wal;
  CHECK_FALSE(wal.Header(5, false));
  CHECK_FALSE(wal.Page(5));
  CHECK_FALSE(wal.Header(6, false));
  CHECK_FALSE(wal.Page(6));
  CHECK_FALSE(wal.Page(5));  // Its content changed after it was spilled.
  CHECK_FALSE(wal.Header(7, true));
  CHECK(wal.Page(7));
  CHECK_FALSE(wal.Header(5, false));
  CHECK_FALSE(wal.Header(6, false));
  CHECK(wal.Header(7, true));
}

TEST_CASE("a commit over the frames of a transaction that was rolled back is seen", "[vfs]") {
  Watched wal;
  CHECK_FALSE(wal.Header(3, false));
  CHECK_FALSE(wal.Page(3));
  CHECK_FALSE(wal.Header(4, false));
  CHECK_FALSE(wal.Page(4));
  SECTION("when its end was told") { wal.TransactionEnded(); }
  SECTION("and also when it was not") {}
  wal.Header(3, true);
  CHECK(wal.Page(3));
}

TEST_CASE("a write of an unknown shape is never held back", "[vfs]") {
  CommitWatch watch;
  CHECK(watch.Completes(100, std::vector<std::uint8_t>(8)));
}

}  // namespace skerry::vfs::test
