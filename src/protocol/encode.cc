#include "protocol/encode.h"

#include "base/json.h"
#include "protocol/bson_writer.h"

namespace skerry::protocol {
namespace {

// Writes the members of each kind of line in the order a PowerSync Service does. `Writer` is JsonWriter or BsonWriter.
template <typename Writer>
class LineWriter {
 public:
  LineWriter(std::string& out, bool raw_data) : out_(out), raw_data_(raw_data) {}

  void operator()(const bucket::Checkpoint& checkpoint) {
    out_.BeginObject().Key("checkpoint").BeginObject();
    Id("last_op_id", Raw(checkpoint.last_op_id));
    if (checkpoint.write_checkpoint) Id("write_checkpoint", Raw(*checkpoint.write_checkpoint));
    Buckets("buckets", checkpoint.buckets);
    out_.Key("streams").BeginArray();
    for (const bucket::StreamInfo& stream : checkpoint.streams) Stream(stream);
    out_.EndArray().EndObject().EndObject();
  }

  void operator()(const bucket::CheckpointDiff& diff) {
    out_.BeginObject().Key("checkpoint_diff").BeginObject();
    Id("last_op_id", Raw(diff.last_op_id));
    if (diff.write_checkpoint) Id("write_checkpoint", Raw(*diff.write_checkpoint));
    out_.Key("removed_buckets").BeginArray();
    for (const std::string& name : diff.removed_buckets) out_.String(name);
    out_.EndArray();
    Buckets("updated_buckets", diff.updated_buckets);
    out_.EndObject().EndObject();
  }

  void operator()(const DataLine& line) {
    out_.BeginObject().Key("data").BeginObject();
    out_.Key("bucket").String(line.bucket);
    if (line.after) Id("after", Raw(*line.after));
    out_.Key("has_more").Bool(line.has_more);
    out_.Key("data").BeginArray();
    for (const bucket::Operation& op : line.operations) WriteOperation(op);
    out_.EndArray();
    if (line.next_after) Id("next_after", Raw(*line.next_after));
    out_.EndObject().EndObject();
  }

  void operator()(const CheckpointComplete& line) {
    out_.BeginObject().Key("checkpoint_complete").BeginObject();
    Id("last_op_id", Raw(line.last_op_id));
    out_.EndObject().EndObject();
  }

  void operator()(const PartialCheckpointComplete& line) {
    out_.BeginObject().Key("partial_checkpoint_complete").BeginObject();
    Id("last_op_id", Raw(line.last_op_id));
    out_.Key("priority").Int(line.priority);
    out_.EndObject().EndObject();
  }

  void operator()(const TokenExpiresIn& line) {
    out_.BeginObject().Key("token_expires_in").Int(line.left.count()).EndObject();
  }

  void operator()(const UnknownLine& line) { out_.BeginObject().Key(line.key).Null().EndObject(); }

 private:
  Writer out_;
  bool raw_data_;

  // Ids are strings on the wire (P-052).
  void Id(std::string_view key, std::int64_t id) { out_.Key(key).String(std::to_string(id)); }

  void Buckets(std::string_view key, const std::vector<bucket::BucketState>& buckets) {
    out_.Key(key).BeginArray();
    for (const bucket::BucketState& state : buckets) {
      out_.BeginObject().Key("bucket").String(state.name);
      out_.Key("checksum").Int(SumOnTheWire(state.checksum));
      if (state.count) out_.Key("count").Int(*state.count);
      out_.Key("priority").Int(state.priority);
      out_.Key("subscriptions").BeginArray();
      for (const bucket::Reason& reason : state.reasons) {
        out_.BeginObject().Key(reason.is_default ? "default" : "sub").Int(reason.index).EndObject();
      }
      out_.EndArray().EndObject();
    }
    out_.EndArray();
  }

  void Stream(const bucket::StreamInfo& stream) {
    out_.BeginObject().Key("name").String(stream.name).Key("is_default").Bool(stream.is_default);
    out_.Key("errors").BeginArray();
    for (const bucket::StreamError& error : stream.errors) {
      out_.BeginObject().Key("subscription");
      if (error.subscription) {
        out_.Int(*error.subscription);
      } else {
        out_.String("default");
      }
      out_.Key("message").String(error.message).EndObject();
    }
    out_.EndArray().EndObject();
  }

  void WriteOperation(const bucket::Operation& op) {
    out_.BeginObject();
    Id("op_id", Raw(op.id));
    out_.Key("op").String(OpName(op.kind));
    const bool has_row = op.kind == bucket::OpKind::kPut || op.kind == bucket::OpKind::kRemove;
    if (has_row && op.object_type.data() != nullptr) out_.Key("object_type").String(op.object_type);
    if (has_row && op.object_id.data() != nullptr) out_.Key("object_id").String(op.object_id);
    const bool is_sum = op.kind == bucket::OpKind::kClear;
    out_.Key("checksum").Int(is_sum ? SumOnTheWire(op.checksum) : op.checksum.value());
    if (has_row) {
      if (op.subkey) out_.Key("subkey").String(*op.subkey);
      out_.Key("data");
      RowData(op);
    }
    out_.EndObject();
  }

  void RowData(const bucket::Operation& op) {
    if (op.kind != bucket::OpKind::kPut || !op.data) {
      out_.Null();
      return;
    }
    if constexpr (std::is_same_v<Writer, JsonWriter>) {
      if (!raw_data_) {
        out_.Raw(*op.data);
        return;
      }
    }
    out_.String(*op.data);
  }

  // What the service adds up comes out of JavaScript's `& 0xffffffff` signed; the hash of one row does not (P-073).
  static std::int64_t SumOnTheWire(bucket::Checksum sum) { return static_cast<std::int32_t>(sum.value()); }

  static std::string_view OpName(bucket::OpKind kind) {
    switch (kind) {
      case bucket::OpKind::kPut:
        return "PUT";
      case bucket::OpKind::kRemove:
        return "REMOVE";
      case bucket::OpKind::kMove:
        return "MOVE";
      case bucket::OpKind::kClear:
        return "CLEAR";
    }
    return "";
  }
};

}  // namespace

void AppendLine(std::string& out, const Line& line, const EncodeOptions& options) {
  if (options.encoding == Encoding::kBson) {
    std::visit(LineWriter<BsonWriter>(out, options.raw_data), line);
    return;
  }
  std::visit(LineWriter<JsonWriter>(out, options.raw_data), line);
  out += '\n';
}

}  // namespace skerry::protocol
