#include "support/client_host.h"

#include <cstring>
#include <stdexcept>

namespace skerry::test {
namespace {

template <typename T>
T Get(std::string_view buffer, std::size_t at) {
  if (at + sizeof(T) > buffer.size()) throw std::runtime_error("a read outside the buffer");
  T value;
  std::memcpy(&value, buffer.data() + at, sizeof value);
  return value;
}

void PutU32(std::string& out, std::uint32_t value) { out.append(reinterpret_cast<const char*>(&value), 4); }
void PutU64(std::string& out, std::uint64_t value) { out.append(reinterpret_cast<const char*>(&value), 8); }

void PutParameter(std::string& out, const Json& value) {
  if (value.is_null()) {
    out.push_back(0);
  } else if (value.is_boolean()) {
    out.push_back(1);
    PutU64(out, value.get<bool>() ? 1 : 0);
  } else if (value.is_number_integer()) {
    out.push_back(1);
    PutU64(out, static_cast<std::uint64_t>(value.get<std::int64_t>()));
  } else if (value.is_number()) {
    out.push_back(2);
    const double number = value.get<double>();
    std::uint64_t bits;
    std::memcpy(&bits, &number, 8);
    PutU64(out, bits);
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    out.push_back(3);
    PutU32(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
  } else {
    const auto& bytes = value.get_binary();
    out.push_back(4);
    PutU32(out, static_cast<std::uint32_t>(bytes.size()));
    out.append(bytes.begin(), bytes.end());
  }
}

std::string Head(std::string_view sql, std::uint32_t flags, std::uint32_t lease, std::uint32_t deadline_ms) {
  std::string out;
  PutU32(out, lease);
  PutU32(out, flags);
  PutU32(out, deadline_ms);
  PutU32(out, static_cast<std::uint32_t>(sql.size()));
  return out.append(sql);
}

void PutSet(std::string& out, const Json& parameters) {
  PutU32(out, static_cast<std::uint32_t>(parameters.size()));
  for (const Json& value : parameters) PutParameter(out, value);
}

// The slice of `text` from UTF-16 unit `start`, `units` long: what a tab's String.prototype.substr gives.
std::string Utf16Slice(std::string_view text, std::uint32_t start, std::uint32_t units) {
  std::size_t unit = 0, from = std::string_view::npos, to = text.size();
  for (std::size_t i = 0; i <= text.size();) {
    if (unit == start && from == std::string_view::npos) from = i;
    if (unit == start + units) {
      to = i;
      break;
    }
    if (i == text.size()) throw std::runtime_error("a text outside the text area");
    const auto lead = static_cast<unsigned char>(text[i]);
    i += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    unit += lead < 0xf0 ? 1 : 2;
  }
  return std::string(text.substr(from, to - from));
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

}  // namespace

Rows DecodeRows(std::string_view buffer) {
  Rows result;
  if (Get<std::uint32_t>(buffer, 0) != client::kResultMagic) throw std::runtime_error("no result buffer");
  const auto columns = Get<std::uint32_t>(buffer, 4), rows = Get<std::uint32_t>(buffer, 8);
  const auto tags = Get<std::uint32_t>(buffer, 32), slots = Get<std::uint32_t>(buffer, 36);
  const std::string_view text = buffer.substr(Get<std::uint32_t>(buffer, 40), Get<std::uint32_t>(buffer, 12));
  const std::string_view blobs = buffer.substr(Get<std::uint32_t>(buffer, 44), Get<std::uint32_t>(buffer, 48));
  result.changes = Get<std::int64_t>(buffer, 16);
  result.last_insert_id = Get<std::int64_t>(buffer, 24);
  result.flags = Get<std::uint32_t>(buffer, 56);
  if (Get<std::uint32_t>(buffer, 60) != buffer.size()) throw std::runtime_error("a wrong total size");
  if (slots % 8 != 0) throw std::runtime_error("slots are not aligned");
  std::size_t name = Get<std::uint32_t>(buffer, 52);
  for (std::uint32_t c = 0; c < columns; ++c) {
    const auto size = Get<std::uint32_t>(buffer, name);
    result.columns.emplace_back(buffer.substr(name + 4, size));
    name += 4 + size;
  }
  for (std::uint32_t r = 0; r < rows; ++r) {
    Json row = Json::array();
    for (std::uint32_t c = 0; c < columns; ++c) {
      const std::size_t cell = std::size_t{c} * rows + r;
      const auto tag = Get<std::uint8_t>(buffer, tags + cell);
      const std::size_t slot = slots + cell * 8;
      if (r == 0) result.first_tags.push_back(tag);
      switch (static_cast<client::CellTag>(tag)) {
        case client::CellTag::kNull:
          row.push_back(nullptr);
          break;
        case client::CellTag::kSafeInteger:
          row.push_back(static_cast<std::int64_t>(Get<double>(buffer, slot)));
          break;
        case client::CellTag::kBigInteger:
          row.push_back(Get<std::int64_t>(buffer, slot));
          break;
        case client::CellTag::kReal:
          row.push_back(Get<double>(buffer, slot));
          break;
        case client::CellTag::kText:
          row.push_back(Utf16Slice(text, Get<std::uint32_t>(buffer, slot), Get<std::uint32_t>(buffer, slot + 4)));
          break;
        case client::CellTag::kBlob:
          row.push_back(
              {{"blob", Hex(blobs.substr(Get<std::uint32_t>(buffer, slot), Get<std::uint32_t>(buffer, slot + 4)))}});
          break;
      }
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

ClientHost::ClientHost(Json config, std::uint64_t seed) : random_(seed) {
  auto database = client::Database::Open(config.dump(), {random_, [this] { return static_cast<double>(now_ms); }});
  if (!database.ok()) throw std::runtime_error(database.error().message);
  database_ = *std::move(database);
}

TimePoint ClientHost::Now() const { return {std::chrono::milliseconds(now_ms), std::chrono::milliseconds(wall_ms)}; }

bool ClientHost::Call(client::Op op, std::string_view payload) {
  return database_->Call(op, {reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()}, Now());
}

std::string ClientHost::Payload(std::string_view sql, const Json& parameters, std::uint32_t flags, std::uint32_t lease,
                                std::uint32_t deadline_ms) {
  std::string out = Head(sql, flags, lease, deadline_ms);
  PutU32(out, parameters.empty() ? 0 : 1);
  if (!parameters.empty()) PutSet(out, parameters);
  return out;
}

std::string ClientHost::BatchPayload(std::string_view sql, const Json& sets, std::uint32_t lease) {
  std::string out = Head(sql, client::kStatementBatch, lease, 0);
  PutU32(out, static_cast<std::uint32_t>(sets.size()));
  for (const Json& set : sets) PutSet(out, set);
  return out;
}

Rows ClientHost::Execute(std::string_view sql, const Json& parameters, std::uint32_t lease) {
  if (!Call(client::Op::kExecute, Payload(sql, parameters, 0, lease))) throw std::runtime_error(reply());
  return DecodeRows(database_->reply());
}

Rows ClientHost::Read(std::string_view sql, const Json& parameters) {
  if (!Call(client::Op::kExecute, Payload(sql, parameters, client::kStatementRead))) throw std::runtime_error(reply());
  return DecodeRows(database_->reply());
}

Json ClientHost::FailingExecute(std::string_view sql, const Json& parameters, std::uint32_t lease) {
  if (Call(client::Op::kExecute, Payload(sql, parameters, 0, lease)))
    throw std::runtime_error("the statement succeeded");
  return ReplyJson();
}

std::uint32_t ClientHost::OpenLease(std::string_view mode) {
  if (!Call(client::Op::kLeaseOpen, Json{{"mode", mode}}.dump())) throw std::runtime_error(reply());
  return ReplyJson()["lease"];
}

bool ClientHost::CloseLease(std::uint32_t lease, std::string_view action) {
  return Call(client::Op::kLeaseClose, Json{{"lease", lease}, {"action", action}}.dump());
}

void ClientHost::ApplySchema(const Json& schema) {
  if (!Call(client::Op::kSchema, schema.dump())) throw std::runtime_error(reply());
}

bool ClientHost::Watch(std::uint32_t id, std::string_view sql, const Json& parameters, std::uint32_t throttle_ms,
                       std::uint32_t flags) {
  std::string out;
  PutU32(out, id);
  PutU32(out, throttle_ms);
  PutU32(out, flags);
  return Call(client::Op::kWatchOpen, out + Payload(sql, parameters, client::kStatementRead));
}

std::vector<WatchMessage> ClientHost::PullWatches() {
  std::vector<WatchMessage> messages;
  while ((flags() & client::kFlagWatches) != 0) {
    if (!Call(client::Op::kWatchNext, "")) throw std::runtime_error(reply());
    const std::string_view buffer = database_->reply();
    if (buffer.empty()) continue;
    WatchMessage& message = messages.emplace_back();
    message.watch = Get<std::uint32_t>(buffer, 0);
    message.kind = Get<std::uint32_t>(buffer, 4);
    const auto runs = Get<std::uint32_t>(buffer, 8), offset = Get<std::uint32_t>(buffer, 12);
    for (std::uint32_t i = 0; i < runs; ++i) {
      message.runs.emplace_back(Get<std::int32_t>(buffer, 16 + i * 8), Get<std::uint32_t>(buffer, 20 + i * 8));
    }
    if (message.kind == 2)
      message.error = Json::parse(buffer.substr(offset));
    else
      message.rows = DecodeRows(buffer.substr(offset));
  }
  return messages;
}

bool ClientHost::Event(const Json& event) {
  const bool done = Call(client::Op::kEvent, event.dump());
  const std::string kept = reply();
  Settle();
  return done;
}

void ClientHost::StreamBytes(std::uint32_t stream, std::string_view bytes) {
  std::string payload;
  PutU32(payload, stream);
  payload.append(bytes);
  if (!Call(client::Op::kStreamBytes, payload)) throw std::runtime_error(reply());
  Settle();
}

void ClientHost::Settle() {
  while (auto_work && (flags() & client::kFlagWork) != 0) {
    if (!Call(client::Op::kWork, "")) throw std::runtime_error(reply());
  }
  if ((flags() & client::kFlagOutbox) == 0) return;
  Call(client::Op::kDrain, "");
  for (Json& instruction : ReplyJson()) {
    const std::string kind = instruction["do"];
    if (kind == "timer")
      timers_[instruction["id"]] = now_ms + instruction["ms"].get<std::int64_t>();
    else if (kind == "cancelTimer")
      timers_.erase(instruction["id"].get<std::uint32_t>());
    if (kind == "status") status_ = instruction["status"];
    instructions_.push_back(std::move(instruction));
  }
}

Json ClientHost::Take(std::string_view kind) {
  for (auto it = instructions_.begin(); it != instructions_.end(); ++it) {
    if ((*it)["do"] != kind) continue;
    Json found = std::move(*it);
    instructions_.erase(it);
    return found;
  }
  return nullptr;
}

std::vector<Json> ClientHost::TakeAll(std::string_view kind) {
  std::vector<Json> all;
  for (Json one = Take(kind); !one.is_null(); one = Take(kind)) all.push_back(std::move(one));
  return all;
}

Json ClientHost::Status() {
  if (!status_.is_null()) return status_;
  Call(client::Op::kInfo, "");
  return ReplyJson()["status"];
}

void ClientHost::Advance(std::int64_t ms) {
  const std::int64_t end = now_ms + ms;
  while (true) {
    auto next = timers_.end();
    for (auto it = timers_.begin(); it != timers_.end(); ++it) {
      if (it->second <= end && (next == timers_.end() || it->second < next->second)) next = it;
    }
    if (next == timers_.end()) break;
    const std::uint32_t id = next->first;
    const std::int64_t passed = std::max<std::int64_t>(0, next->second - now_ms);
    now_ms += passed;
    wall_ms += passed;
    timers_.erase(next);
    Event({{"event", "timer"}, {"id", id}});
  }
  wall_ms += end - now_ms;
  now_ms = end;
}

std::uint32_t ConnectAndOpen(ClientHost& host, const Json& options, std::string_view content_type) {
  host.Event({{"event", "connect"}, {"request", 1}, {"options", options}});
  const Json fetch = host.Take("fetchCredentials");
  if (!fetch.is_null()) {
    host.Event(
        {{"event", "credentials"}, {"id", fetch["id"]}, {"endpoint", "https://sync.test"}, {"token", "token-1"}});
  }
  const Json open = host.Take("openStream");
  if (open.is_null()) throw std::runtime_error("no stream was opened");
  host.opened = open;
  host.Event({{"event", "streamOpened"}, {"id", open["id"]}, {"status", 200}, {"contentType", content_type}});
  return open["id"];
}

}  // namespace skerry::test
