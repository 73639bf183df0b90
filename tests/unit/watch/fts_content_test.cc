#include "watch/fts_content.h"

#include "support/catch.h"

namespace skerry {

using watch::FtsContentTable;

TEST_CASE("the content option is found however it is written", "[watch][fts]") {
  for (const char* sql : {"CREATE VIRTUAL TABLE f USING fts5(a, content='docs')",
                          "CREATE VIRTUAL TABLE f USING FTS5( a , Content = docs )",
                          "create virtual table if not exists \"f\" using fts5(a, tokenize = 'porter ascii', "
                          "content=\"docs\", content_rowid=id)",
                          "CREATE VIRTUAL TABLE f USING fts5(content=[docs],a)",
                          "CREATE VIRTUAL TABLE f USING fts5(a,\n content=`docs`)"}) {
    INFO(sql);
    CHECK(FtsContentTable(sql) == std::optional<std::string>("docs"));
  }
  CHECK(FtsContentTable("CREATE VIRTUAL TABLE f USING fts5(a, content='it''s, (one)')") ==
        std::optional<std::string>("it's, (one)"));
}

TEST_CASE("tables without external content have none", "[watch][fts]") {
  for (const char* sql : {"CREATE VIRTUAL TABLE f USING fts5(a, b)", "CREATE VIRTUAL TABLE f USING fts5(a, content='')",
                          "CREATE VIRTUAL TABLE f USING rtree(content=docs)", "CREATE VIRTUAL TABLE f USING fts5",
                          "CREATE VIRTUAL TABLE f USING fts5(content, contentless_delete=1)",
                          "CREATE VIRTUAL TABLE f USING fts5(a, prefix='content=x')"}) {
    INFO(sql);
    CHECK_FALSE(FtsContentTable(sql));
  }
}

}  // namespace skerry
