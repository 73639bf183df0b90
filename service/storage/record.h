// What storage remembers of a source row: the buckets it stands in and its index entries, as one compact text.
//
// Equal states have equal texts, so a change that changes nothing is seen without decoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::storage {

struct Record {
  struct Membership {
    std::int64_t bucket = 0;
    std::string_view type, id;
    std::string_view digest;  // Of the PUT that stands there.
  };
  struct Entry {
    std::uint32_t index = 0;
    std::string_view key, outputs;
  };
  std::vector<Membership> memberships;
  std::vector<Entry> entries;
};

void EncodeRecord(const Record& record, std::string& out);
// Borrows from `text`. nullopt if it is damaged.
std::optional<Record> DecodeRecord(std::string_view text);

}  // namespace skerry::storage
