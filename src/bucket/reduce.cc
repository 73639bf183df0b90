#include "bucket/reduce.h"

namespace skerry::bucket {
namespace {

std::string Text(std::string_view text) { return std::string(text); }

std::optional<std::string> Text(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

void ReducedBucket::Apply(const Operation& op) {
  switch (op.kind) {
    case OpKind::kPut:
    case OpKind::kRemove: {
      std::string key;
      if (HasKey(op)) {
        AppendKey(key, op);
        DropSuperseded(key);
      }
      if (op.kind == OpKind::kRemove) {
        remainder_ += op.checksum;
        return;
      }
      Keep(op);
      if (HasKey(op)) by_key_.emplace(std::move(key), op.id);
      return;
    }
    case OpKind::kMove:
      remainder_ += op.checksum;
      return;
    case OpKind::kClear:
      puts_.clear();
      by_key_.clear();
      standing_ = Checksum{};
      remainder_ = op.checksum;
      return;
  }
}

void ReducedBucket::Keep(const Operation& op) {
  StandingPut put;
  put.object_type = Text(op.object_type);
  put.object_id = Text(op.object_id);
  put.subkey = Text(op.subkey);
  put.data = Text(op.data);
  put.checksum = op.checksum;
  puts_.emplace(op.id, std::move(put));
  standing_ += op.checksum;
}

void ReducedBucket::DropSuperseded(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto put = puts_.find(found->second);
  standing_ -= put->second.checksum;
  remainder_ += put->second.checksum;
  puts_.erase(put);
  by_key_.erase(found);
}

}  // namespace skerry::bucket
