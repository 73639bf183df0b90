#include "web_database.h"

#include <emscripten/emscripten.h>

#include <utility>

#include "vfs/memory_backend.h"
#include "vfs/opfs_backend.h"

namespace skerry::wasm {
namespace {

constexpr int kMainHandle = 0;
constexpr int kWalHandle = 1;

std::unique_ptr<vfs::FileBackend> MakeBackend(bool in_opfs, int handle) {
  if (in_opfs) return std::make_unique<vfs::OpfsBackend>(handle);
  return std::make_unique<vfs::MemoryBackend>();
}

}  // namespace

std::uint64_t SecureRandom::Next() {
  if (used_ == batch_.size()) {
    host_.Randomness({reinterpret_cast<std::uint8_t*>(batch_.data()), sizeof(batch_)});
    used_ = 0;
  }
  // Handed out once and forgotten: a later look at the heap must not find earlier ids.
  return std::exchange(batch_[used_++], 0);
}

WebDatabase::WebDatabase(const std::string& path, bool in_opfs, vfs::Durability durability,
                         const std::string& core_config) {
  vfs_ = vfs::Vfs::Register(kVfsName, host_, true);
  if (vfs_ == nullptr) {
    error_ = client::OpenErrorJson({ErrorCode::kInternal, "this module has a database open already"});
    return;
  }
  vfs_->Mount(path, MakeBackend(in_opfs, kMainHandle), MakeBackend(in_opfs, kWalHandle), durability);
  auto opened = client::Database::Open(core_config, {.random = random_, .monotonic_now = emscripten_get_now});
  if (opened.ok()) {
    core_ = *std::move(opened);
  } else {
    error_ = client::OpenErrorJson(opened.error());
  }
}

}  // namespace skerry::wasm
