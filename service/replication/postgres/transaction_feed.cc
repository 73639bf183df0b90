#include "replication/postgres/transaction_feed.h"

#include <algorithm>

namespace skerry::replication::pg {

void TransactionFeed::Reset(Lsn position) {
  position_ = position;
  is_in_transaction_ = false;
  wants_catalog_ = false;
  pauses_ = false;
  passed_over_ = Lsn{0};
  changes_ = 0;
  changes_at_begin_ = 0;
}

void TransactionFeed::PassIdly(Lsn end) {
  if (!is_in_transaction_) position_ = std::max(position_, end);
}

Result<bool> TransactionFeed::Apply(std::string_view bytes, ChangeSink& sink) {
  const std::optional<Message> message = decoder_.Decode(bytes);
  if (message) return Handle(*message, sink);
  return Error{.code = ErrorCode::kSource,
               .message = "Postgres sent a message of the kind '" + std::string(bytes.substr(0, 1)) +
                          "' that is not of the replication protocol"};
}

bool TransactionFeed::PassOver(Oid relation) {
  if (!tables_.IsPending(relation)) return true;
  if (pauses_) return false;
  passed_over_ = std::max(passed_over_, commit_);
  return true;
}

Result<bool> TransactionFeed::Handle(const Message& message, ChangeSink& sink) {
  if (const auto* begin = std::get_if<Begin>(&message)) {
    commit_ = begin->commit;
    is_in_transaction_ = true;
    changes_at_begin_ = changes_;
  } else if (const auto* commit = std::get_if<Commit>(&message)) {
    is_in_transaction_ = false;
    position_ = std::max(position_, commit->end);
    if (changes_ > changes_at_begin_) sink.EndTransaction();
  } else if (const auto* relation = std::get_if<Relation>(&message)) {
    if (tables_.NoteRelation(*relation, commit_)) wants_catalog_ = true;
  } else if (const auto* insert = std::get_if<Insert>(&message)) {
    const LiveTable* table = tables_.FindLive(insert->relation, commit_);
    if (table == nullptr) return PassOver(insert->relation);
    ++changes_;
    SKERRY_TRY(applier_.Put(*table, decoder_.new_row, sink));
  } else if (const auto* update = std::get_if<Update>(&message)) {
    const LiveTable* table = tables_.FindLive(update->relation, commit_);
    if (table == nullptr) return PassOver(update->relation);
    ++changes_;
    SKERRY_TRY(applier_.Update(*table, decoder_, sink));
  } else if (const auto* deleted = std::get_if<Delete>(&message)) {
    const LiveTable* table = tables_.FindLive(deleted->relation, commit_);
    if (table == nullptr) return PassOver(deleted->relation);
    ++changes_;
    SKERRY_TRY(applier_.Delete(*table, decoder_.old_row, sink));
  } else if (const auto* truncate = std::get_if<pg::Truncate>(&message)) {
    return Truncate(truncate->relations, sink);
  }
  return true;
}

Result<bool> TransactionFeed::Truncate(const std::vector<Oid>& relations, ChangeSink& sink) {
  // All or none: the message may have to come again.
  for (const Oid relation : relations) {
    if (tables_.FindLive(relation, commit_) == nullptr && !PassOver(relation)) return false;
  }
  for (const Oid relation : relations) {
    const LiveTable* table = tables_.FindLive(relation, commit_);
    if (table == nullptr) continue;
    ++changes_;
    SKERRY_TRY(applier_.Truncate(*table, sink));
  }
  return true;
}

}  // namespace skerry::replication::pg
