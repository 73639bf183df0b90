// An app that does random things to random tables, random sync configs over them, and what a user must see, asked of
// SQLite directly (property S2 of sync-streams.md).
#pragma once

#include <string>
#include <vector>

#include "service.h"

namespace skerry::test {

class RandomApp {
 public:
  // With `unique_ids` every row has an object id of its own in its table; without, keys are of every kind and may be
  // NULL.
  RandomApp(std::uint64_t seed, bool unique_ids) : random_(seed), unique_ids_(unique_ids) {}

  std::string Setup() const;
  // The text under "streams:". Remembers the queries for Expected().
  std::string Streams();
  // One transaction.
  std::string Transaction();

  struct Request {
    std::string token;
    std::vector<rules::Subscription> subscriptions;
    std::vector<std::pair<std::string, std::string>> values;  // Expression → SQL literal.
    std::string ToText() const;
  };
  Request NextRequest();
  // The rows that plain SQL selects for the request.
  Rows Expected(sqlite::Connection& app, const Request& request) const;

 private:
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(random_.Next() % n); }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }
  std::string Literal();
  std::string Filter(const std::string& qualifier);
  std::string RequestValue(bool with_subscription);
  std::string Subquery(bool with_subscription, int depth);
  std::string Where(bool with_subscription);

  struct Query {
    std::string text;
    bool is_default = false;
    std::string stream;
  };
  std::string KnownRows() const;

  SeededRandom random_;
  bool unique_ids_;
  std::vector<Query> queries_;
};

}  // namespace skerry::test
