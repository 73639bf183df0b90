#include "replication/postgres/change_stream.h"

#include <algorithm>

#include "replication/postgres/byte_reader.h"
#include "replication/postgres/catalog.h"

namespace skerry::replication::pg {
namespace {

// More often than any server's wal_sender_timeout.
constexpr std::chrono::seconds kStatusEvery{10};
// Every status asks for an answer, so this is three of them unheard.
constexpr std::chrono::seconds kSilence{35};
// What is durable is told at once when it is news, but not more often than this.
constexpr std::chrono::seconds kNewsEvery{1};

void AppendInt64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

// Microseconds since 2000-01-01, as Postgres counts.
std::uint64_t PostgresTime() {
  constexpr std::int64_t kEpoch = 946'684'800'000'000;
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  return static_cast<std::uint64_t>(now.count() - kEpoch);
}

}  // namespace

Result<std::unique_ptr<ChangeStream>> ChangeStream::Open(const ConnectionKeywords& keywords, const std::string& slot,
                                                         Lsn from) {
  SKERRY_ASSIGN(connection, Connection::Open(keywords, Purpose::kReplication));
  std::string options = "proto_version '1', publication_names '" + std::string(kPublication) + "'";
  if (connection->server_version() >= 140000) options += ", messages 'true'";  // Or the marker is not told.
  SKERRY_TRY(connection->StartCopy("START_REPLICATION SLOT " + QuoteName(slot) + " LOGICAL " + ToText(from) + " (" +
                                   options + ")"));
  return std::unique_ptr<ChangeStream>(new ChangeStream(std::move(connection), from));
}

Result<ChangeStream::Read> ChangeStream::Next(std::string_view& message) {
  std::string_view bytes;
  SKERRY_ASSIGN(copied, connection_->ReadCopy(bytes));
  if (copied == Connection::Copied::kNothingYet) return Read::kNothingYet;
  if (copied == Connection::Copied::kEnd) {
    return Error{.code = ErrorCode::kSource, .message = "Postgres ended the stream of changes"};
  }
  heard_at_ = Clock::now();
  ByteReader in(bytes);
  const char kind = in.Char();
  if (kind == 'w') {
    in.Bytes(24);  // Where the message was read, where the log ends, what time it is there.
    message = in.Rest();
    return Read::kMessage;
  }
  end_ = Lsn{in.Int64()};
  in.Int64();
  must_answer_ = in.Char() != 0 || must_answer_;
  return Read::kKeepalive;
}

void ChangeStream::Acknowledge(Lsn durable) { durable_ = std::max(durable_, durable); }

Status ChangeStream::Tend(bool has_listened) {
  const Clock::time_point now = Clock::now();
  if (!has_listened) heard_at_ = now;
  if (now - heard_at_ > kSilence) {
    return Error{.code = ErrorCode::kSource, .message = "nothing was heard from Postgres for half a minute"};
  }
  if (must_answer_) return SendStatus(false);
  if (now - told_at_ >= kStatusEvery) return SendStatus(true);
  if (durable_ != told_ && now - told_at_ >= kNewsEvery) return SendStatus(false);
  return kDone;
}

std::chrono::milliseconds ChangeStream::UntilNextTend() const {
  const auto every = durable_ != told_ ? kNewsEvery : kStatusEvery;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(told_at_ + every - Clock::now());
  return std::max(left, std::chrono::milliseconds(0)) + std::chrono::milliseconds(1);
}

Status ChangeStream::SendStatus(bool wants_answer) {
  std::string status = "r";
  for (int i = 0; i < 3; ++i) AppendInt64(status, Raw(durable_));  // Written, flushed and applied are one here.
  AppendInt64(status, PostgresTime());
  status += wants_answer ? '\1' : '\0';
  SKERRY_TRY(connection_->WriteCopy(status));
  told_at_ = Clock::now();
  told_ = durable_;
  must_answer_ = false;
  return kDone;
}

bool IsOfMissingPublication(const Error& error) {
  return error.message.find("publication \"" + std::string(kPublication) + "\" does not exist") != std::string::npos;
}

}  // namespace skerry::replication::pg
