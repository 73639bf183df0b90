#include "storage/op_hash.h"

#include "storage/record.h"
#include "support/catch.h"

using namespace skerry::storage;

TEST_CASE("checksums are those of the vectors", "[storage][P-070]") {
  Hasher hasher;
  const auto put = [&](const char* type, const char* id, const char* data) {
    return hasher.Put(type, id, data).checksum().value();
  };
  CHECK(put("boats", "b1", R"({"id":"b1","name":"Alke"})") == 138097431u);
  CHECK(put("boats", "b2", R"({"id":"b2","name":"Brigg"})") == 1726670394u);
  CHECK(put("boats", "b1", R"({"id":"b1","name":"Alke II"})") == 3341510378u);
  CHECK(put("crew", "1", R"({"id":"1","pay":1200.0,"age":41,"note":null})") == 1316717920u);
  CHECK(put("crew", "\xc3\xa9", "{\"id\":\"\xc3\xa9\"}") == 3804746755u);
  CHECK(put("test", "t1", R"({"id":"t1","description":"Test 1"})") == 920318466u);
  CHECK(hasher.Remove("4f1c6e1e-0000-4000-8000-00000000000a/2f1d0a7c9b3e4d5f8a6b7c8d9e0f1a2b").checksum().value() ==
        4058114577u);
}

TEST_CASE("a row's UUID depends on table and key alone and looks like one", "[storage]") {
  Hasher hasher;
  const Digest one = hasher.RowUuid("t", "[1]");
  CHECK(one.view() == hasher.RowUuid("t", "[1]").view());
  CHECK(one.view() != hasher.RowUuid("t", "[2]").view());
  CHECK(one.view() != hasher.RowUuid("u", "[1]").view());
  CHECK((one.bytes[6] & 0xf0) == 0x80);
  CHECK((one.bytes[8] & 0xc0) == 0x80);
  std::string subkey;
  AppendSubkey(subkey, "table-id", one.view());
  CHECK(subkey.size() == std::string("table-id/").size() + 32);
}

TEST_CASE("a record reads back as it was written, and damage is noticed", "[storage]") {
  const std::string digest(16, '\x7f');
  const Record record{.memberships = {{.bucket = 300, .type = "boats", .id = "b1", .digest = digest},
                                      {.bucket = 1, .type = "", .id = "", .digest = digest}},
                      .entries = {{.index = 2, .key = "[\"u1\"]", .outputs = "[[\"b1\"]]"}}};
  std::string text;
  EncodeRecord(record, text);
  const auto read = DecodeRecord(text);
  REQUIRE(read);
  REQUIRE(read->memberships.size() == 2);
  CHECK(read->memberships[0].bucket == 300);
  CHECK(read->memberships[0].digest == digest);
  CHECK(read->memberships[1].id.empty());
  REQUIRE(read->entries.size() == 1);
  CHECK(read->entries[0].outputs == "[[\"b1\"]]");
  // Cut anywhere inside the memberships it is not a record; after them, whole entries may be missing.
  std::string memberships;
  EncodeRecord({.memberships = record.memberships}, memberships);
  for (std::size_t size = 0; size < memberships.size(); ++size) CHECK_FALSE(DecodeRecord(text.substr(0, size)));
  CHECK_FALSE(DecodeRecord(text.substr(0, text.size() - 1)));
}
