// Random bucket histories, and what a service may make of them by compaction (docs/protocol.md, section 7.2).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "bucket/reduce.h"

namespace skerry::test {

// Operations that borrow their texts from the history's own memory.
class History {
 public:
  // `count` PUTs and REMOVEs over a handful of rows, some with subkeys, a few without identity.
  History(Random& random, std::size_t count) {
    std::int64_t id = 0;
    for (std::size_t i = 0; i < count; ++i) {
      bucket::Operation op;
      id += 1 + static_cast<std::int64_t>(random.Next() % 3);
      op.id = OpId{id};
      op.kind = random.Next() % 3 == 0 ? bucket::OpKind::kRemove : bucket::OpKind::kPut;
      op.checksum = bucket::Checksum{static_cast<std::uint32_t>(random.Next())};
      if (random.Next() % 16 != 0) {
        op.object_type = random.Next() % 2 == 0 ? "lists" : "todos";
        op.object_id = Keep(std::to_string(random.Next() % 4));
      }
      if (random.Next() % 2 == 0) op.subkey = Keep(std::to_string(random.Next() % 2));
      if (op.kind == bucket::OpKind::kPut) op.data = Keep("{\"n\":\"" + std::to_string(i) + "\\n\"}");
      operations_.push_back(op);
    }
  }

  const std::vector<bucket::Operation>& operations() const { return operations_; }

 private:
  std::vector<bucket::Operation> operations_;
  std::deque<std::string> texts_;  // Grows without moving what it holds.

  std::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }
};

// Any superseded operation may become a MOVE; then a part of the leading run without PUTs may become one CLEAR.
inline std::vector<bucket::Operation> Compact(std::vector<bucket::Operation> ops, Random& random) {
  using bucket::OpKind;
  std::map<std::string, std::size_t> latest;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (!bucket::HasKey(ops[i])) continue;
    std::string key;
    bucket::AppendKey(key, ops[i]);
    const auto [found, is_new] = latest.emplace(key, i);
    if (is_new) continue;
    bucket::Operation& older = ops[found->second];
    found->second = i;
    if (random.Next() % 4 == 0) continue;
    bucket::Operation move;
    move.id = older.id;
    move.kind = OpKind::kMove;
    move.checksum = older.checksum;
    older = move;
  }
  std::size_t run = 0;
  while (run < ops.size() && ops[run].kind != OpKind::kPut) ++run;
  if (run > 0) run = random.Next() % (run + 1);
  if (run == 0) return ops;
  bucket::Operation clear;
  clear.kind = OpKind::kClear;
  clear.id = ops[run - 1].id;
  for (std::size_t i = 0; i < run; ++i) clear.checksum += ops[i].checksum;
  ops.erase(ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(run - 1));
  ops.front() = clear;
  return ops;
}

}  // namespace skerry::test
