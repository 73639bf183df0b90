// SQLite alone over the VFS, in a module built with the flags of the one that ships: how fast the ground is on which
// the sync layer stands. Also what tests/browser/vfs.test.mjs drives, since it needs bare connections.
//
// Raw exports for JavaScript (floor.mjs). Strings are zero-terminated; a reply is valid until the next call.
#include <emscripten/emscripten.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "sqlite3.h"
#include "vfs/browser_host.h"
#include "vfs/memory_backend.h"
#include "vfs/opfs_backend.h"
#include "vfs/vfs.h"

namespace {

constexpr const char* kName = "floor.db";

struct Floor {
  skerry::vfs::BrowserHost host;
  std::unique_ptr<skerry::vfs::Vfs> vfs;
  std::string reply;
};

Floor& TheFloor() {
  static Floor floor;
  return floor;
}

std::unique_ptr<skerry::vfs::FileBackend> BackendOf(int handle) {
  if (handle < 0) return std::make_unique<skerry::vfs::MemoryBackend>();
  return std::make_unique<skerry::vfs::OpfsBackend>(handle);
}

// Binds one value of the packed rows and returns what follows it: u8 tag, then i64 (1) or u32 size and text (3), as in
// the statement payload of docs/module-abi.md.
const std::uint8_t* BindPacked(sqlite3_stmt* statement, int column, const std::uint8_t* at) {
  const std::uint8_t tag = *at++;
  if (tag == 1) {
    std::int64_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    sqlite3_bind_int64(statement, column, value);
    return at + sizeof(value);
  }
  std::uint32_t size = 0;
  std::memcpy(&size, at, sizeof(size));
  at += sizeof(size);
  sqlite3_bind_text(statement, column, reinterpret_cast<const char*>(at), static_cast<int>(size), SQLITE_STATIC);
  return at + size;
}

}  // namespace

extern "C" {

// -1 for memory. 0 when done.
EMSCRIPTEN_KEEPALIVE int floor_mount(int main_handle, int wal_handle) {
  Floor& floor = TheFloor();
  floor.vfs = skerry::vfs::Vfs::Register("floor", floor.host, true);
  return floor.vfs != nullptr && floor.vfs->Mount(kName, BackendOf(main_handle), BackendOf(wal_handle)) ? 0 : 1;
}

EMSCRIPTEN_KEEPALIVE sqlite3* floor_connect(void) {
  sqlite3* db = nullptr;
  if (sqlite3_open_v2(kName, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "floor") != SQLITE_OK) {
    sqlite3_close(db);
    return nullptr;
  }
  sqlite3_extended_result_codes(db, 1);
  return db;
}

EMSCRIPTEN_KEEPALIVE int floor_disconnect(sqlite3* db) { return sqlite3_close(db); }

// Runs every statement of `sql`. The reply: result code, message, then the first column of each row, by lines.
EMSCRIPTEN_KEEPALIVE const char* floor_run(sqlite3* db, const char* sql) {
  std::string rows;
  const auto add_row = [](void* into, int, char** values, char**) {
    *static_cast<std::string*>(into) += std::string("\n") + (values[0] == nullptr ? "NULL" : values[0]);
    return 0;
  };
  const int code = sqlite3_exec(db, sql, add_row, &rows, nullptr);
  std::string& reply = TheFloor().reply;
  reply = std::to_string(code) + "\n" + (code == SQLITE_OK ? "" : sqlite3_errmsg(db)) + rows;
  return reply.c_str();
}

// Runs `sql` once per packed row of `columns` values, in whatever transaction is open. SQLite's code.
EMSCRIPTEN_KEEPALIVE int floor_insert(sqlite3* db, const char* sql, int columns, const std::uint8_t* rows, int size) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
  const std::uint8_t* at = rows;
  while (code == SQLITE_OK && at < rows + size) {
    for (int column = 1; column <= columns; ++column) at = BindPacked(statement, column, at);
    code = sqlite3_step(statement);
    if (code == SQLITE_DONE) code = sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  return code;
}
}
