#include "base/json.h"
#include "protocol/request.h"

namespace skerry::protocol {
namespace {

// Reads the whole body and collects every fault instead of stopping at the first, as the service does. A value of the
// wrong kind is skipped; only malformed JSON stops the reader. The last of equal members counts, as in JavaScript.
class RequestParser {
 public:
  RequestParser(std::string_view body, RequestFaults& faults) : in_(body), faults_(faults) {}

  std::optional<StreamRequest> Parse() {
    StreamRequest request;
    request.raw_data = false;  // The client's default; a service sends raw data only when asked (P-067).
    if (in_.Peek() == JsonKind::kObject) {
      ReadBody(request);
    } else {
      WrongType("/", "object");
    }
    if (!in_.Finish("the request").ok()) {
      faults_.details.clear();
      faults_.not_json = true;
      return std::nullopt;
    }
    if (!faults_.details.empty()) return std::nullopt;
    return request;
  }

 private:
  JsonReader in_;
  RequestFaults& faults_;

  // A body can hold a fault every few bytes; nobody reads more than the first ones.
  void Fault(std::string text) {
    constexpr std::size_t kMaxFaults = 100;
    if (faults_.details.size() < kMaxFaults) faults_.details.push_back(std::move(text));
  }

  // Notes the fault and passes the value.
  void WrongType(const std::string& path, std::string_view type) {
    Fault(path + ": type must be " + std::string(type));
    in_.Skip();
  }

  void Missing(const std::string& path, std::string_view name) {
    Fault(path + " must have required property '" + std::string(name) + "'");
  }

  void ReadText(const std::string& path, std::string& text) {
    if (in_.Peek() != JsonKind::kString) return WrongType(path, "string");
    std::string_view view;
    if (in_.ReadString(view)) text = view;
  }

  void ReadFlag(const std::string& path, bool& flag) {
    const JsonKind kind = in_.Peek();
    if (kind != JsonKind::kTrue && kind != JsonKind::kFalse) return WrongType(path, "boolean");
    in_.ReadBool(flag);
  }

  // Calls `read` with the name of each member; a member it does not know is its to skip.
  template <typename ReadMember>
  void ReadObject(const std::string& path, ReadMember read) {
    if (in_.Peek() != JsonKind::kObject) return WrongType(path, "object");
    in_.BeginObject();
    std::string_view key;
    while (in_.NextKey(key)) read(std::string(key));  // A copy: the view ends with the next call.
  }

  // Calls `read` with the path of each element.
  template <typename ReadItem>
  void ReadArray(const std::string& path, ReadItem read) {
    if (in_.Peek() != JsonKind::kArray) return WrongType(path, "array");
    in_.BeginArray();
    for (std::size_t i = 0; in_.NextElement(); ++i) read(path + "/" + std::to_string(i));
  }

  void ReadBody(StreamRequest& request) {
    ReadObject("", [&](const std::string& name) {
      const std::string path = "/" + name;
      if (name == "buckets") {
        request.buckets.clear();
        ReadArray(path, [&](const std::string& at) { ReadBucket(at, request.buckets.emplace_back()); });
      } else if (name == "include_checksum") {
        bool ignored = false;
        ReadFlag(path, ignored);
      } else if (name == "raw_data") {
        ReadFlag(path, request.raw_data);
      } else if (name == "client_id") {
        ReadText(path, request.client_id);
      } else if (name == "parameters") {
        request.parameters_json = ReadParameters(path).value_or("{}");
      } else if (name == "app_metadata") {
        request.app_metadata.clear();
        ReadObject(path, [&](const std::string& key) {
          ReadText(path + "/" + key, request.app_metadata.emplace_back(key, "").second);
        });
      } else if (name == "streams") {
        ReadStreams(path, request);
      } else if (name == "only") {
        ReadArray(path, [&](const std::string& at) {
          std::string ignored;
          ReadText(at, ignored);
        });
      } else {
        in_.Skip();  // P-004
      }
    });
  }

  void ReadBucket(const std::string& path, BucketPosition& bucket) {
    if (in_.Peek() != JsonKind::kObject) return WrongType(path, "object");
    bool has_name = false;
    bool has_after = false;
    ReadObject(path, [&](const std::string& name) {
      if (name == "name") {
        has_name = true;
        ReadText(path + "/name", bucket.name);
      } else if (name == "after") {
        has_after = true;
        ReadPosition(path + "/after", bucket.after);
      } else {
        in_.Skip();
      }
    });
    if (!has_name) Missing(path, "name");
    if (!has_after) Missing(path, "after");
  }

  void ReadPosition(const std::string& path, OpId& after) {
    if (in_.Peek() != JsonKind::kString) return WrongType(path, "string");
    std::string_view text;
    in_.ReadString(text);
    if (const auto id = ParseInt64(text)) {
      after = OpId{*id};
    } else {
      Fault(path + ": must be an integer of 64 bits");
    }
  }

  // The text of an object; nullopt for null.
  std::optional<std::string> ReadParameters(const std::string& path) {
    const JsonKind kind = in_.Peek();
    if (kind == JsonKind::kObject) {
      std::string_view json;
      in_.ReadRaw(json);
      return std::string(json);
    }
    if (kind == JsonKind::kNull) {
      in_.ReadNull();
    } else {
      WrongType(path, "object");
    }
    return std::nullopt;
  }

  void ReadStreams(const std::string& path, StreamRequest& request) {
    ReadObject(path, [&](const std::string& name) {
      if (name == "include_defaults") {
        ReadFlag(path + "/include_defaults", request.include_defaults);
      } else if (name == "subscriptions") {
        request.subscriptions.clear();
        ReadArray(path + "/subscriptions",
                  [&](const std::string& at) { ReadSubscription(at, request.subscriptions.emplace_back()); });
      } else {
        in_.Skip();
      }
    });
  }

  void ReadSubscription(const std::string& path, StreamSubscription& subscription) {
    if (in_.Peek() != JsonKind::kObject) return WrongType(path, "object");
    bool has_stream = false;
    bool has_parameters = false;
    bool has_priority = false;
    ReadObject(path, [&](const std::string& name) {
      if (name == "stream") {
        has_stream = true;
        ReadText(path + "/stream", subscription.stream);
      } else if (name == "parameters") {
        has_parameters = true;
        subscription.parameters_json = ReadParameters(path + "/parameters");
      } else if (name == "override_priority") {
        has_priority = true;
        ReadPriority(path + "/override_priority", subscription.override_priority);
      } else {
        in_.Skip();
      }
    });
    if (!has_stream) Missing(path, "stream");
    if (!has_parameters) Missing(path, "parameters");
    if (!has_priority) Missing(path, "override_priority");
  }

  void ReadPriority(const std::string& path, std::optional<bucket::Priority>& priority) {
    priority.reset();
    const JsonKind kind = in_.Peek();
    if (kind == JsonKind::kNull) {
      in_.ReadNull();
      return;
    }
    if (kind != JsonKind::kNumber) return WrongType(path, "number");
    std::string_view text;
    if (!in_.ReadNumber(text)) return;
    // Through a reader of its own, since a number that is no integer is a fault of the request, not of the JSON.
    std::int64_t value = -1;
    JsonReader(text).ReadInt64(value);
    if (value < 0 || value >= bucket::kFullSyncPriority) return Fault(path + ": must be an integer from 0");
    priority = static_cast<bucket::Priority>(value);
  }
};

}  // namespace

std::optional<StreamRequest> DecodeStreamRequest(std::string_view body, RequestFaults& faults) {
  return RequestParser(body, faults).Parse();
}

}  // namespace skerry::protocol
