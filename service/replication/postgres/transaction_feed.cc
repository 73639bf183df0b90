#include "replication/postgres/transaction_feed.h"

#include <algorithm>

namespace skerry::replication::pg {

void TransactionFeed::Reset(Lsn position) {
  position_ = position;
  is_in_transaction_ = false;
  wants_catalog_ = false;
  changes_ = 0;
  changes_at_begin_ = 0;
}

void TransactionFeed::PassIdly(Lsn end) {
  if (!is_in_transaction_) position_ = std::max(position_, end);
}

Status TransactionFeed::Apply(std::string_view bytes, ChangeSink& sink) {
  const std::optional<Message> message = decoder_.Decode(bytes);
  if (message) return Handle(*message, sink);
  return Error{.code = ErrorCode::kSource,
               .message = "Postgres sent a message of the kind '" + std::string(bytes.substr(0, 1)) +
                          "' that is not of the replication protocol"};
}

Status TransactionFeed::Handle(const Message& message, ChangeSink& sink) {
  if (const auto* begin = std::get_if<Begin>(&message)) {
    commit_ = begin->commit;
    is_in_transaction_ = true;
    changes_at_begin_ = changes_;
    return kDone;
  }
  if (const auto* commit = std::get_if<Commit>(&message)) {
    is_in_transaction_ = false;
    position_ = std::max(position_, commit->end);
    if (changes_ > changes_at_begin_) sink.EndTransaction();
    return kDone;
  }
  if (const auto* relation = std::get_if<Relation>(&message)) {
    if (tables_.NoteRelation(*relation, commit_)) wants_catalog_ = true;
    return kDone;
  }
  if (const auto* insert = std::get_if<Insert>(&message)) {
    const LiveTable* table = tables_.FindLive(insert->relation, commit_);
    if (table == nullptr) return kDone;
    ++changes_;
    return applier_.Put(*table, decoder_.new_row, sink);
  }
  if (const auto* update = std::get_if<Update>(&message)) {
    const LiveTable* table = tables_.FindLive(update->relation, commit_);
    if (table == nullptr) return kDone;
    ++changes_;
    return applier_.Update(*table, decoder_, sink);
  }
  if (const auto* deleted = std::get_if<Delete>(&message)) {
    const LiveTable* table = tables_.FindLive(deleted->relation, commit_);
    if (table == nullptr) return kDone;
    ++changes_;
    return applier_.Delete(*table, decoder_.old_row, sink);
  }
  if (const auto* truncate = std::get_if<Truncate>(&message)) {
    for (const Oid relation : truncate->relations) {
      const LiveTable* table = tables_.FindLive(relation, commit_);
      if (table == nullptr) continue;
      ++changes_;
      SKERRY_TRY(applier_.Truncate(*table, sink));
    }
  }
  return kDone;
}

}  // namespace skerry::replication::pg
