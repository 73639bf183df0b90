#include "ingest/write_event.h"

#include <charconv>
#include <optional>

#include "base/json.h"
#include "storage/storage.h"

namespace skerry::ingest {
namespace {

// A text, or a number as text: a token's `sub` that is a number is known by its text, too. nullopt for NULL.
std::optional<std::string> ReadName(JsonReader& json) {
  std::string_view text;
  switch (json.Peek()) {
    case JsonKind::kString:
      if (json.ReadString(text)) return std::string(text);
      return std::nullopt;
    case JsonKind::kNumber:
      if (json.ReadNumber(text)) return std::string(text);
      return std::nullopt;
    default:
      json.Skip();
      return std::nullopt;
  }
}

Error Unusable(std::string_view what) { return {.code = ErrorCode::kInvalidArgument, .message = std::string(what)}; }

}  // namespace

Result<WriteEvent> ReadWriteEvent(std::string_view text) {
  JsonReader json(text);
  std::optional<std::string> user, client, id_text;
  std::string_view key;
  if (json.BeginObject()) {
    while (json.NextKey(key)) {
      if (key == "user_id") {
        user = ReadName(json);
      } else if (key == "client_id") {
        client = ReadName(json);
      } else if (key == "checkpoint") {
        id_text = ReadName(json);
      } else {
        json.Skip();
      }
    }
  }
  SKERRY_TRY(json.Finish("the columns of an event"));
  if (!user || user->empty()) return Unusable("it has no user_id");
  if (!id_text) return Unusable("it has no checkpoint");
  std::int64_t id = 0;
  const char* const end = id_text->data() + id_text->size();
  const auto parsed = std::from_chars(id_text->data(), end, id);
  if (parsed.ec != std::errc{} || parsed.ptr != end || id <= 0) {
    return Unusable("its checkpoint '" + *id_text + "' is no positive integer of 64 bits");
  }
  return WriteEvent{.user_key = storage::UserKey(*user, client.value_or("")), .id = WriteCheckpoint{id}};
}

}  // namespace skerry::ingest
