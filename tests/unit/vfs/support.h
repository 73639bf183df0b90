// What the tests of the VFS share: a file that records or refuses, a VFS host, and SQLite connections that report.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sqlite3.h"
#include "support/catch.h"
#include "vfs/memory_backend.h"
#include "vfs/vfs.h"

namespace skerry::vfs::test {

inline std::vector<std::uint8_t> Bytes(std::string_view text) { return {text.begin(), text.end()}; }

inline std::vector<std::uint8_t> ContentOf(FileBackend& file) {
  std::vector<std::uint8_t> content(static_cast<std::size_t>(*file.Size()));
  (void)file.Read(0, content);
  return content;
}

// Memory that asks beforehand whether a write may succeed, and tells an observer about each change. With `torn` a write
// happens in two halves, so that the observer also sees the file of a worker that was killed in the middle of it.
class WatchedBackend final : public FileBackend {
 public:
  std::function<IoStatus()> before_write = [] { return IoStatus::kOk; };
  std::function<void()> after_change = [] {};
  bool torn = false;
  int writes = 0;
  int flushes = 0;

  std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into) override {
    return memory_.Read(offset, into);
  }
  IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes) override {
    ++writes;
    if (const IoStatus refused = before_write(); refused != IoStatus::kOk) {
      // A failed write may have written a part.
      (void)memory_.Write(offset, bytes.first(bytes.size() / 2));
      after_change();
      return refused;
    }
    const std::size_t first = torn ? bytes.size() / 2 : 0;
    if (first > 0) {
      (void)memory_.Write(offset, bytes.first(first));
      after_change();
    }
    (void)memory_.Write(offset + static_cast<std::int64_t>(first), bytes.subspan(first));
    after_change();
    return IoStatus::kOk;
  }
  IoStatus Truncate(std::int64_t size) override {
    (void)memory_.Truncate(size);
    after_change();
    return IoStatus::kOk;
  }
  IoStatus Flush() override {
    ++flushes;
    return IoStatus::kOk;
  }
  std::optional<std::int64_t> Size() override { return memory_.Size(); }

 private:
  MemoryBackend memory_;
};

// Passes on to a file that the test owns, since a mounted backend belongs to the VFS.
class BorrowedBackend final : public FileBackend {
 public:
  explicit BorrowedBackend(FileBackend& file) : file_(file) {}
  std::optional<std::size_t> Read(std::int64_t offset, std::span<std::uint8_t> into) override {
    return file_.Read(offset, into);
  }
  IoStatus Write(std::int64_t offset, std::span<const std::uint8_t> bytes) override {
    return file_.Write(offset, bytes);
  }
  IoStatus Truncate(std::int64_t size) override { return file_.Truncate(size); }
  IoStatus Flush() override { return file_.Flush(); }
  std::optional<std::int64_t> Size() override { return file_.Size(); }

 private:
  FileBackend& file_;
};

class SeededHost final : public VfsHost {
 public:
  void Randomness(std::span<std::uint8_t> into) override {
    for (std::uint8_t& byte : into)
      byte = static_cast<std::uint8_t>((state_ = state_ * 6364136223846793005ULL + 1) >> 56);
  }
  std::int64_t WallMs() override { return 1'700'000'000'000; }

 private:
  std::uint64_t state_ = 7;
};

// A connection to a mounted database.
class Db {
 public:
  explicit Db(Vfs& vfs, const char* name = "test.db") {
    opened_ = sqlite3_open_v2(name, &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs.name());
    sqlite3_extended_result_codes(db_, 1);
  }
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;
  ~Db() { Close(); }

  int opened() const { return opened_; }
  // SQLite's extended code.
  int Run(const std::string& sql) { return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr); }
  // The first column of the first row as text; the error message if it fails.
  std::string Value(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    std::string value;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
      const auto* text = sqlite3_column_text(statement, 0);
      value = text == nullptr ? "NULL" : reinterpret_cast<const char*>(text);
    } else {
      value = sqlite3_errmsg(db_);
    }
    sqlite3_finalize(statement);
    return value;
  }
  int Close() { return sqlite3_close(std::exchange(db_, nullptr)); }
  sqlite3* handle() { return db_; }

 private:
  sqlite3* db_ = nullptr;
  int opened_;
};

inline constexpr const char* kWal = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";

// A VFS with one mounted database over two watched files.
struct Mounted {
  SeededHost host;
  WatchedBackend main;
  WatchedBackend wal;
  std::unique_ptr<Vfs> vfs;

  explicit Mounted(std::string name = "skerry-test", Durability durability = Durability::kNormal) {
    vfs = Vfs::Register(std::move(name), host, false);
    REQUIRE(vfs != nullptr);
    REQUIRE(vfs->Mount("test.db", std::make_unique<BorrowedBackend>(main), std::make_unique<BorrowedBackend>(wal),
                       durability));
  }
};

// What another process finds that opens copies of the two files as they are now: the first column of the first row of
// `sql`, or "damaged: ..." if the copy is not a sound database.
inline std::string ReadCopy(FileBackend& main, FileBackend& wal, const std::string& sql) {
  SeededHost host;
  const auto vfs = Vfs::Register("skerry-copy", host, false);
  auto main_copy = std::make_unique<MemoryBackend>();
  auto wal_copy = std::make_unique<MemoryBackend>();
  (void)main_copy->Write(0, ContentOf(main));
  (void)wal_copy->Write(0, ContentOf(wal));
  vfs->Mount("test.db", std::move(main_copy), std::move(wal_copy));
  Db db(*vfs);
  const std::string sound = db.Value("PRAGMA integrity_check");
  return sound == "ok" ? db.Value(sql) : "damaged: " + sound;
}

}  // namespace skerry::vfs::test
