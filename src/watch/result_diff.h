// One result against the one before, row by row while it is read: only rows that are new have to be sent.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace skerry::watch {

// `count` rows: of the previous result from `from` on, or new ones if `from` is -1.
struct Run {
  std::int32_t from = -1;
  std::uint32_t count = 0;
  friend bool operator==(const Run&, const Run&) = default;
};

class ResultDiff {
 public:
  // Borrows the hashes of the previous result.
  explicit ResultDiff(const std::vector<std::uint64_t>& previous) : previous_(&previous) {}

  // The next row of the new result. True if the previous one had no such row: the caller sends it.
  bool Add(std::uint64_t hash);

  const std::vector<Run>& runs() const { return runs_; }
  // Same rows in the same order.
  bool IsEqual() const;
  bool ReusesRows() const { return reuses_; }
  // The hashes of the new result, once it is complete.
  std::vector<std::uint64_t> TakeHashes() && { return std::move(hashes_); }

 private:
  const std::vector<std::uint64_t>* previous_;
  std::vector<std::uint64_t> hashes_;
  std::vector<Run> runs_;
  std::vector<std::pair<std::uint64_t, std::int32_t>> index_;  // Sorted; built at the first row out of order.
  bool has_index_ = false;
  bool reuses_ = false;

  std::int32_t Find(std::uint64_t hash);
  void Append(std::int32_t from);
};

}  // namespace skerry::watch
