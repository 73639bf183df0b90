// Random configs, databases and requests, each query written twice: as a stream's query and as plain SQL over the whole
// database with the request's values in place. Both have to select the same rows (sync-streams.md, S2).
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace skerry::test {

// One text for the compiler and one for SQLite.
struct Both {
  std::string stream;
  std::string sql;
};

struct RandomRequest {
  std::string token;
  std::string connection;
  std::string subscription;  // Empty: the default subscription only.
};

// A stream with what its queries select in plain SQL, with `@sub` for the subscription's parameters.
struct RandomStream {
  std::string name;
  std::string yaml;
  std::vector<std::string> sql;
};

class RandomQueries {
 public:
  // In compatibility mode without what differs there: NOT of NULL holds, and 1.0 as text is '1'.
  RandomQueries(std::uint64_t seed, bool is_sqlite) : random_(seed), is_sqlite_(is_sqlite) {}

  static constexpr int kTables = 4;
  static constexpr const char* kColumns[] = {"id", "a", "b", "c", "arr"};

  // CREATE TABLE and INSERT for every table, `rows` each.
  std::string Database(int rows);
  RandomRequest Request();
  // `request` is what stands in the plain SQL.
  RandomStream Stream(int number, const RandomRequest& request);
  // A value over one row of t0.
  std::string Scalar(int depth);

  int Below(int end) { return static_cast<int>(random_() % static_cast<std::uint64_t>(end)); }
  bool Chance(int percent) { return Below(100) < percent; }

 private:
  template <typename... Texts>
  std::string OneOf(Texts... texts) {
    const std::string all[] = {std::string(texts)...};
    return all[Below(static_cast<int>(sizeof...(texts)))];
  }
  std::string Literal();
  std::string Array();
  std::string Column() { return OneOf("a", "b", "c", "id"); }
  Both RequestValue();
  Both RequestArray();
  std::string RowValue(const std::string& alias);
  std::string RowTest(const std::string& alias);
  Both Subquery(const std::string& outer, int depth);
  Both Match(const std::string& alias, int depth);
  Both Condition(const std::vector<std::string>& aliases, int depth);
  Both Query();

  std::mt19937_64 random_;
  bool is_sqlite_;
  int next_alias_ = 0;
  RandomRequest request_;
};

}  // namespace skerry::test
