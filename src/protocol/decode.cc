#include "protocol/decode.h"

#include <algorithm>
#include <limits>

#include "base/json.h"
#include "protocol/bson_reader.h"

namespace skerry::protocol {
namespace {

// Row data is a string; a service that was not asked for raw data sends it as nested JSON instead, whose text is as
// good (P-067). BSON has only the string (P-041).
bool ReadRowData(JsonReader& in, std::string_view& data, std::string& scratch) {
  return in.Peek() == JsonKind::kObject ? in.ReadRaw(data) : in.ReadString(data, scratch);
}
bool ReadRowData(BsonReader& in, std::string_view& data, std::string& scratch) { return in.ReadString(data, scratch); }

// Each kind of object is described by its members' names, the required ones first, and a function that reads the value
// of member i. `Reader` is JsonReader or BsonReader. Functions return false when the reader has failed.
template <typename Reader>
class LineParser {
 public:
  LineParser(std::string_view bytes, std::string& scratch) : in_(bytes), scratch_(scratch), size_(bytes.size()) {}

  Result<Line> Parse() {
    Line line;
    ReadLine(line);
    SKERRY_TRY(in_.Finish(path_.empty() ? "the sync line" : "member " + path_ + " of the sync line"));
    return line;
  }

 private:
  Reader in_;
  std::string& scratch_;
  std::size_t size_;
  std::string path_;  // The member at fault, from the outermost object on.

  bool Blame(std::string_view name) {
    path_ = path_.empty() ? std::string(name) : std::string(name) + "." + path_;
    return false;
  }
  bool Blame(std::string_view name, std::string_view fault) {
    in_.Fail(fault);
    return Blame(name);
  }

  // Unknown members are skipped (P-050). A known one may stand once, so that no two readers of a line can differ; null
  // counts as absent where absence is allowed (P-039).
  template <std::size_t N, typename ReadMember>
  bool ReadMembers(const std::string_view (&names)[N], std::size_t required, ReadMember read) {
    if (!in_.BeginObject()) return false;
    std::uint32_t seen = 0;
    std::string_view key;
    while (in_.NextKey(key)) {
      const auto i = static_cast<std::size_t>(std::find(names, names + N, key) - names);
      if (i == N) {
        if (!in_.Skip()) return false;
        continue;
      }
      if ((seen & 1u << i) != 0) return Blame(names[i], "it stands twice");
      seen |= 1u << i;
      const bool is_absent = i >= required && in_.Peek() == JsonKind::kNull;
      if (!(is_absent ? in_.Skip() : read(i))) return Blame(names[i]);
    }
    if (!in_.ok()) return false;
    for (std::size_t i = 0; i < required; ++i) {
      if ((seen & 1u << i) == 0) return Blame(names[i], "it is missing");
    }
    return true;
  }

  template <typename T, typename ReadItem>
  bool ReadItems(std::vector<T>& items, ReadItem read) {
    if (!in_.BeginArray()) return false;
    while (in_.NextElement()) {
      items.emplace_back();
      if (!read(items.back())) return false;
    }
    return in_.ok();
  }

  bool ReadText(std::string_view& text) { return in_.ReadString(text, scratch_); }

  bool ReadText(std::string& text) {
    std::string_view view;
    if (!ReadText(view)) return false;
    text = view;
    return true;
  }

  // OpId or WriteCheckpoint: always a string (P-052).
  template <typename Id>
  bool ReadId(Id& id) {
    std::string_view text;
    if (!ReadText(text)) return false;
    const std::optional<std::int64_t> value = ParseInt64(text);
    if (!value) return in_.Fail("expected a decimal number of 64 bits in a string");
    id = Id{*value};
    return true;
  }
  template <typename Id>
  bool ReadId(std::optional<Id>& id) {
    return ReadId(id.emplace());
  }

  bool ReadInteger(std::int64_t& value, std::int64_t least, std::int64_t most) {
    if (!in_.ReadInt64(value)) return false;
    return (value >= least && value <= most) || in_.Fail("the number is out of range");
  }

  // Signed or not, the same 32 bits (P-073).
  bool ReadChecksum(bucket::Checksum& checksum) {
    std::int64_t value = 0;
    if (!ReadInteger(value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::uint32_t>::max())) {
      return false;
    }
    checksum = bucket::Checksum{static_cast<std::uint32_t>(value)};
    return true;
  }

  bool ReadPriority(bucket::Priority& priority) {
    std::int64_t value = 0;
    if (!ReadInteger(value, 0, bucket::kFullSyncPriority - 1)) return false;
    priority = static_cast<bucket::Priority>(value);
    return true;
  }

  bool ReadLine(Line& line) {
    std::string_view key;
    if (!in_.BeginObject()) return false;
    if (!in_.NextKey(key)) return in_.Fail("it is empty");
    if (!ReadKnownLine(key, line)) return false;
    return !in_.NextKey(key) || in_.Fail("it has a second key");
  }

  bool ReadKnownLine(std::string_view key, Line& line) {
    if (key == "data") return ReadData(line.emplace<DataLine>()) || Blame("data");
    if (key == "checkpoint") return ReadCheckpoint(line.emplace<bucket::Checkpoint>()) || Blame("checkpoint");
    if (key == "checkpoint_diff") return ReadDiff(line.emplace<bucket::CheckpointDiff>()) || Blame("checkpoint_diff");
    if (key == "checkpoint_complete") {
      return ReadComplete(line.emplace<CheckpointComplete>()) || Blame("checkpoint_complete");
    }
    if (key == "partial_checkpoint_complete") {
      return ReadPartial(line.emplace<PartialCheckpointComplete>()) || Blame("partial_checkpoint_complete");
    }
    if (key == "token_expires_in") {
      return ReadTokenExpiry(line.emplace<TokenExpiresIn>()) || Blame("token_expires_in");
    }
    // The key may stand in the reader's own memory, which ends with the reader.
    scratch_ = key;
    line = UnknownLine{scratch_};
    return in_.Skip();
  }

  bool ReadCheckpoint(bucket::Checkpoint& checkpoint) {
    static constexpr std::string_view kNames[] = {"last_op_id", "buckets", "write_checkpoint", "streams"};
    return ReadMembers(kNames, 2, [&](std::size_t member) {
      switch (member) {
        case 0:
          return ReadId(checkpoint.last_op_id);
        case 1:
          return ReadItems(checkpoint.buckets, [this](auto& state) { return ReadBucket(state); });
        case 2:
          return ReadId(checkpoint.write_checkpoint);
        default:
          return ReadItems(checkpoint.streams, [this](auto& stream) { return ReadStream(stream); });
      }
    });
  }

  bool ReadDiff(bucket::CheckpointDiff& diff) {
    static constexpr std::string_view kNames[] = {"last_op_id", "removed_buckets", "updated_buckets",
                                                  "write_checkpoint"};
    return ReadMembers(kNames, 3, [&](std::size_t member) {
      switch (member) {
        case 0:
          return ReadId(diff.last_op_id);
        case 1:
          return ReadItems(diff.removed_buckets, [this](std::string& name) { return ReadText(name); });
        case 2:
          return ReadItems(diff.updated_buckets, [this](auto& state) { return ReadBucket(state); });
        default:
          return ReadId(diff.write_checkpoint);
      }
    });
  }

  bool ReadBucket(bucket::BucketState& state) {
    static constexpr std::string_view kNames[] = {"bucket", "checksum", "count", "priority", "subscriptions"};
    return ReadMembers(kNames, 2, [&](std::size_t member) {
      switch (member) {
        case 0:
          return ReadText(state.name);
        case 1:
          return ReadChecksum(state.checksum);
        case 2:
          return ReadInteger(state.count.emplace(), 0, std::numeric_limits<std::int64_t>::max());
        case 3:
          return ReadPriority(state.priority);
        default:
          return ReadReasons(state.reasons);
      }
    });
  }

  // A reason of a kind this version does not know is dropped: reasons only feed progress and priority (P-092).
  bool ReadReasons(std::vector<bucket::Reason>& reasons) {
    static constexpr std::string_view kNames[] = {"default", "sub"};
    if (!in_.BeginArray()) return false;
    while (in_.NextElement()) {
      const bool read = ReadMembers(kNames, 0, [&](std::size_t member) {
        bucket::Reason& reason = reasons.emplace_back();
        reason.is_default = member == 0;
        return in_.ReadInt64(reason.index);
      });
      if (!read) return false;
    }
    return in_.ok();
  }

  bool ReadStream(bucket::StreamInfo& stream) {
    static constexpr std::string_view kNames[] = {"name", "is_default", "errors"};
    return ReadMembers(kNames, 3, [&](std::size_t member) {
      switch (member) {
        case 0:
          return ReadText(stream.name);
        case 1:
          return in_.ReadBool(stream.is_default);
        default:
          return ReadItems(stream.errors, [this](auto& error) { return ReadStreamError(error); });
      }
    });
  }

  bool ReadStreamError(bucket::StreamError& error) {
    static constexpr std::string_view kNames[] = {"subscription", "message"};
    return ReadMembers(kNames, 2, [&](std::size_t member) {
      if (member == 1) return ReadText(error.message);
      // Any string stands for the default subscription (P-091).
      return in_.Peek() == JsonKind::kString ? in_.Skip() : in_.ReadInt64(error.subscription.emplace());
    });
  }

  bool ReadComplete(CheckpointComplete& complete) {
    static constexpr std::string_view kNames[] = {"last_op_id"};
    return ReadMembers(kNames, 1, [&](std::size_t) { return ReadId(complete.last_op_id); });
  }

  bool ReadPartial(PartialCheckpointComplete& partial) {
    static constexpr std::string_view kNames[] = {"last_op_id", "priority"};
    return ReadMembers(kNames, 2, [&](std::size_t member) {
      return member == 0 ? ReadId(partial.last_op_id) : ReadPriority(partial.priority);
    });
  }

  // The range of the number keeps every sum with a clock from overflowing.
  bool ReadTokenExpiry(TokenExpiresIn& token) {
    std::int64_t seconds = 0;
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (!ReadInteger(seconds, -kMost, kMost)) return false;
    token.left = std::chrono::seconds{seconds};
    return true;
  }

  bool ReadData(DataLine& line) {
    static constexpr std::string_view kNames[] = {"bucket", "data", "has_more", "after", "next_after"};
    return ReadMembers(kNames, 2, [&](std::size_t member) {
      switch (member) {
        case 0:
          return ReadText(line.bucket);
        case 1:
          // Growing step by step would move a thousand operations several times; a row with its identity takes about
          // 256 bytes, and a service sends at most 1000 of them in a line (P-083).
          line.operations.reserve(std::min<std::size_t>(size_ / 256 + 1, 1000));
          return ReadItems(line.operations, [this](auto& op) { return ReadOperation(op); });
        case 2:
          return in_.ReadBool(line.has_more);
        case 3:
          return ReadId(line.after);
        default:
          return ReadId(line.next_after);
      }
    });
  }

  bool ReadOperation(bucket::Operation& op) {
    static constexpr std::string_view kNames[] = {"op_id",     "op",     "checksum", "object_type",
                                                  "object_id", "subkey", "data"};
    const bool read = ReadMembers(kNames, 3, [&](std::size_t member) {
      switch (member) {
        case 0:
          return ReadId(op.id) && (Raw(op.id) >= 1 || in_.Fail("an op id is at least 1"));
        case 1:
          return ReadKind(op.kind);
        case 2:
          return ReadChecksum(op.checksum);
        case 3:
          return ReadText(op.object_type);
        case 4:
          return ReadText(op.object_id);
        case 5:
          return ReadText(op.subkey.emplace());
        default:
          return ReadRowData(in_, op.data.emplace(), scratch_);
      }
    });
    // What else old services put into these is of no meaning (P-063).
    if (op.kind != bucket::OpKind::kPut) op.data.reset();
    if (op.kind == bucket::OpKind::kMove || op.kind == bucket::OpKind::kClear) {
      op.object_type = {};
      op.object_id = {};
      op.subkey.reset();
    }
    return read;
  }

  // Unlike an unknown line, an unknown operation cannot be passed over: the checksum would go wrong.
  bool ReadKind(bucket::OpKind& kind) {
    std::string_view name;
    if (!ReadText(name)) return false;
    if (name == "PUT") {
      kind = bucket::OpKind::kPut;
    } else if (name == "REMOVE") {
      kind = bucket::OpKind::kRemove;
    } else if (name == "MOVE") {
      kind = bucket::OpKind::kMove;
    } else if (name == "CLEAR") {
      kind = bucket::OpKind::kClear;
    } else {
      return in_.Fail("unknown operation \"" + std::string(name.substr(0, 40)) + "\"");
    }
    return true;
  }
};

}  // namespace

Result<Line> LineDecoder::Decode(std::string_view bytes) {
  scratch_.clear();
  scratch_.reserve(bytes.size());
  if (encoding_ == Encoding::kBson) return LineParser<BsonReader>(bytes, scratch_).Parse();
  return LineParser<JsonReader>(bytes, scratch_).Parse();
}

}  // namespace skerry::protocol
