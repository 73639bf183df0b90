// The data phase of one connection: operations of the wanted buckets, priority by priority, and the lines that say what
// is complete (docs/protocol.md, section 9.1).
//
// Remembers how far each bucket was sent, so that every operation is sent once per connection, also when a newer
// checkpoint cuts a phase short.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "bucket/checkpoint.h"
#include "protocol/line.h"
#include "protocol/request.h"
#include "storage/storage.h"
#include "stream/chunk_cache.h"

namespace skerry::stream {

class Download {
 public:
  struct Wanted {
    std::string name;
    bucket::Priority priority = bucket::kDefaultPriority;
    OpId last_op{};  // Nothing stands above it: a client that is there needs no read.
  };

  // Where data comes from and how it is cut.
  struct Supply {
    storage::Reader& reader;
    ChunkCache& chunks;
    const storage::ScanLimit& limit;
  };
  using Line = std::variant<protocol::Line, std::shared_ptr<const SharedLine>>;

  // `positions`: what the client has, from its request. `encoding`: how data is to be sent.
  Download(const std::vector<protocol::BucketPosition>& positions, protocol::EncodeOptions encoding);

  // Begins a phase for the checkpoint at `upto`. The first one gets every bucket of the connection. Buckets of a phase
  // that was cut short are continued, unless they are in `removed`, whose positions are forgotten.
  void Start(OpId upto, std::vector<Wanted> wanted, const std::vector<std::string>& removed);

  bool is_active() const { return is_active_; }
  std::size_t operations_sent() const { return operations_sent_; }  // In this phase.

  // The next line of an active phase: data, partial_checkpoint_complete or, as its last, checkpoint_complete. nullopt
  // if compaction took operations of this checkpoint in favour of later ones (I9): nothing of it can be completed any
  // more, and the phase goes on with a checkpoint at or above required(), which is published.
  Result<std::optional<Line>> Next(const Supply& supply);
  std::optional<OpId> required() const { return required_; }

 private:
  Result<std::shared_ptr<const SharedLine>> ReadChunk(const Supply& supply);

  protocol::EncodeOptions encoding_;
  std::unordered_map<std::string, OpId> positions_;
  bool is_first_phase_ = true;
  bool is_active_ = false;
  OpId upto_{};
  std::optional<OpId> required_;
  std::vector<Wanted> pending_;  // The next one last.
  std::optional<bucket::Priority> open_group_;
  std::size_t operations_sent_ = 0;
};

}  // namespace skerry::stream
