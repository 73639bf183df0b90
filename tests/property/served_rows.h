// What a service has, for random histories: rows in buckets, with every kind of JSON that a row may have, and what a
// client that took it all must hold and show.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "support/download_rig.h"

namespace skerry::test {

using RowKey = std::pair<std::string, std::string>;  // Type and id.

inline const std::vector<std::string> kServedTypes = {"notes", "logs", "marks", "other"};
inline const std::vector<std::string> kRowIds = {"a", "b", "c", "d"};

// A row's members without its id and without nulls, which say no more than an absent member does to any column.
inline std::string Meaning(nlohmann::json row) {
  row.erase("id");
  for (auto member = row.begin(); member != row.end();) member = member->is_null() ? row.erase(member) : ++member;
  return row.dump();
}

struct ServedEntry {
  std::int64_t op = 0;
  std::string json;
  std::string meaning;

  // The same text, or one that was written from a table's row: then with the row's own id, if any.
  bool Means(const std::string& other) const {
    return other == json || Meaning(nlohmann::json::parse(other)) == meaning;
  }
};

using EntryKey = std::pair<RowKey, std::string>;  // With the subkey.
using Entries = std::map<EntryKey, ServedEntry>;

class Service {
 public:
  struct Bucket {
    bucket::Priority priority = 0;
    std::vector<Op> operations;
    Entries entries;
    std::int64_t last_op = 0;
  };

  explicit Service(Random& random) : random_(random) {}

  // One to five new operations of a bucket.
  void Change() {
    const std::size_t index = Pick(kNames.size());
    Bucket& bucket = buckets[kNames[index]];
    bucket.priority = static_cast<bucket::Priority>(index);
    for (std::uint64_t count = 1 + Pick(5); count > 0; --count) {
      bucket.last_op += static_cast<std::int64_t>(8 * (1 + Pick(4)));
      Add(bucket, bucket.last_op + static_cast<std::int64_t>(index));
    }
  }

  // Names every bucket. What comes later has greater ids; a bucket that was not named yet starts low, so that older
  // operations than those of others arrive late.
  bucket::Checkpoint Checkpoint(std::optional<std::int64_t> write_checkpoint) {
    bucket::Checkpoint checkpoint;
    if (write_checkpoint) checkpoint.write_checkpoint = WriteCheckpoint{*write_checkpoint};
    for (const auto& [name, bucket] : buckets) {
      bucket::BucketState state;
      state.name = name;
      state.priority = bucket.priority;
      for (const Op& op : bucket.operations) {
        if (op.kind == bucket::OpKind::kClear) state.checksum = {};
        state.checksum += op.View().checksum;
        last_op_ = std::max(last_op_, op.id);
      }
      state.count = static_cast<std::int64_t>(bucket.operations.size());
      checkpoint.buckets.push_back(std::move(state));
    }
    checkpoint.last_op_id = OpId{last_op_};
    for (auto& [name, bucket] : buckets) bucket.last_op = (last_op_ / 8 + 1) * 8;
    return checkpoint;
  }

  // What comes after the client's positions, one line per bucket.
  void Send(store::DownloadStore& downloads) const {
    std::map<std::string, std::int64_t> after;
    for (const auto& position : downloads.Positions()) after[position.name] = Raw(position.after);
    for (const auto& [name, bucket] : buckets) {
      std::vector<bucket::Operation> line;
      for (const Op& op : bucket.operations) {
        if (op.id > after[name]) line.push_back(op.View());
      }
      downloads.StoreLine(name, line, 100);
    }
  }

  std::map<std::string, Bucket> buckets;

 private:
  inline static const std::vector<std::string> kNames = {"p0", "p1", "p2"};

  std::uint64_t Pick(std::uint64_t below) { return random_.Next() % below; }

  void Add(Bucket& bucket, std::int64_t id) {
    const std::string& type = kServedTypes[Pick(Pick(4) == 0 ? 4 : 3)];
    const std::string& row = kRowIds[Pick(kRowIds.size())];
    Op op = Put(id, type, row, {});
    const std::uint64_t kind = Pick(24);
    if (kind == 0) op = test::Clear(id);
    if (kind >= 1 && kind <= 4) op = test::Remove(id, type, row);
    if (op.type && Pick(4) == 0) op.subkey = "s";
    const EntryKey key{{type, row}, op.subkey.value_or("null")};
    if (op.kind == bucket::OpKind::kPut) {
      op.data = Json(id, row);
      bucket.entries[key] = {id, *op.data, Meaning(nlohmann::json::parse(*op.data))};
    } else if (op.kind == bucket::OpKind::kRemove) {
      bucket.entries.erase(key);
    } else {
      bucket.entries.clear();
    }
    bucket.operations.push_back(std::move(op));
  }

  // Most are what the tables of the first schema give back; none says the same as another.
  std::string Json(std::int64_t op, const std::string& row) {
    const std::string n = std::to_string(op);
    switch (Pick(22)) {
      default:
        return R"({"t":"v)" + n + R"(","i":)" + n + R"(,"r":)" + n + ".5}";
      case 0:
        return R"({"id":")" + row + R"(","t":"v)" + n + R"("})";
      case 1:
        return R"({"r":)" + n + R"(.0,"i":-)" + n + "}";
      case 2:
        return R"({ "t" : "\"a\\\n\tü/)" + n + R"(", "i": null })";
      case 3:
        return R"({"t":"\u0041\u00e9)" + n + R"("})";
      case 4:
        return R"({"t":)" + n + R"(,"i":")" + n + R"("})";
      case 5:
        return R"({"t":true,"i":)" + n + "}";
      case 6:
        return R"({"t":{"a":[)" + n + R"(,null]},"r":1})";
      case 7:
        return R"({"t":"v)" + n + R"(","x":"x)" + n + R"("})";
      case 8:
        return R"({"t":"v)" + n + R"(","unknown":[1]})";
      case 9:
        return R"({"i":)" + n + R"(.0,"r":)" + n + "}";
      case 10:
        return R"({"id":"elsewhere","i":)" + n + "}";
      case 11:
        return R"({"i":)" + n + "}";
    }
  }

  Random& random_;
  std::int64_t last_op_ = 0;
};

// Of each row the newest entry over all buckets.
inline std::map<RowKey, ServedEntry> Winners(const std::map<std::string, Service::Bucket>& buckets) {
  std::map<RowKey, ServedEntry> winners;
  for (const auto& [name, bucket] : buckets) {
    for (const auto& [key, entry] : bucket.entries) {
      ServedEntry& winner = winners[key.first];
      if (entry.op > winner.op) winner = entry;
    }
  }
  return winners;
}

}  // namespace skerry::test
