#include "watch/change_set.h"

#include "support/catch.h"

namespace skerry {

using Names = std::vector<std::string>;

TEST_CASE("tables are told after the commit, each once", "[watch][C-210]") {
  watch::ChangeSet set;
  for (const char* table : {"a", "a", "b", "a", "c", "b"}) set.Add(table);
  CHECK_FALSE(set.has_committed());
  set.Commit();
  CHECK(set.has_committed());
  CHECK(set.Take() == Names{"a", "b", "c"});
  CHECK_FALSE(set.has_committed());
  CHECK(set.Take().empty());
}

TEST_CASE("a rollback takes its tables along, and only its own", "[watch][C-211]") {
  watch::ChangeSet set;
  set.Add("kept");
  set.Commit();
  set.Add("lost");
  set.Rollback();
  set.Add("kept");
  set.Add("later");
  set.Commit();
  CHECK(set.Take() == Names{"kept", "later"});
}

TEST_CASE("a commit without row changes is told too", "[watch]") {
  watch::ChangeSet set;
  set.Commit();
  CHECK(set.has_committed());
  CHECK(set.Take().empty());
}

}  // namespace skerry
