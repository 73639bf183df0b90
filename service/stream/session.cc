#include "stream/session.h"

#include <utility>

#include "stream/hub.h"

namespace skerry::stream {
namespace {

rules::Request ToRules(Identity identity, const protocol::StreamRequest& request) {
  rules::Request result;
  result.token_json = std::move(identity.token_json);
  result.connection_json = request.parameters_json;
  result.include_defaults = request.include_defaults;
  for (const protocol::StreamSubscription& subscription : request.subscriptions) {
    result.subscriptions.push_back(
        {subscription.stream, subscription.parameters_json.value_or("{}"), subscription.override_priority});
  }
  return result;
}

}  // namespace

Session::Session(const SessionHost& host, View view, const protocol::StreamRequest& request,
                 protocol::EncodeOptions encoding, Keepalive keepalive, std::function<void()> wake)
    : host_(host),
      view_(std::move(view)),
      download_(request.buckets, encoding),
      keepalive_(std::move(keepalive)),
      wake_(std::move(wake)) {
  host_.hub.Add(*this);
}

Session::~Session() { host_.hub.Remove(*this); }

Result<std::unique_ptr<Session>> Session::Open(const SessionHost& host, Identity identity,
                                               const protocol::StreamRequest& request, protocol::EncodeOptions encoding,
                                               TimePoint now, std::function<void()> wake) {
  Keepalive keepalive(identity.expires_at, now, host.random);
  std::string user_key = UserKey(identity.user_id, request.client_id);
  auto view = View::Create(host.plan, host.hub.latest().deployment, ToRules(std::move(identity), request),
                           host.options.limits, std::move(user_key));
  if (!view.ok()) return std::move(view).error();
  return std::unique_ptr<Session>(
      new Session(host, *std::move(view), request, encoding, std::move(keepalive), std::move(wake)));
}

void Session::OnPublished(const storage::Published& published) {
  if (!has_news_ && view_.IsConcernedBy(published)) LookAgain();
}

void Session::LookAgain() {
  has_news_ = true;
  wake_();
}

Result<std::optional<protocol::Line>> Session::Look() {
  has_news_ = false;
  SKERRY_ASSIGN(sight, view_.Look(host_.reader, download_.required()));
  has_ended_ = sight.is_other_deployment;
  if (sight.checkpoint) {
    ++counters_.checkpoints;
    download_.Start(sight.checkpoint->last_op_id, std::move(sight.wanted), {});
    return std::optional<protocol::Line>(*std::move(sight.checkpoint));
  }
  if (sight.diff) {
    ++counters_.checkpoints;
    download_.Start(sight.diff->last_op_id, std::move(sight.wanted), sight.diff->removed_buckets);
    return std::optional<protocol::Line>(*std::move(sight.diff));
  }
  return std::optional<protocol::Line>();
}

Result<Step> Session::Next(TimePoint now) {
  if (has_ended_) return Step(Ended{});
  if (const auto left = keepalive_.Due(now)) {
    has_ended_ = left->count() <= 0;
    return Step(protocol::Line(protocol::TokenExpiresIn{*left}));
  }
  if (has_news_ && (!download_.is_active() || download_.operations_sent() >= host_.options.interrupt_after)) {
    SKERRY_ASSIGN(line, Look());
    if (has_ended_) return Step(Ended{});
    if (line) return Step(*std::move(line));
  }
  if (download_.is_active()) {
    SKERRY_ASSIGN(line, download_.Next({host_.reader, host_.chunks, host_.options.chunk}));
    if (!line) {
      SKERRY_ASSIGN(newer, Look());
      if (has_ended_) return Step(Ended{});
      return Step(*std::move(newer));
    }
    if (auto* data = std::get_if<std::shared_ptr<const SharedLine>>(&*line)) {
      counters_.operations += static_cast<std::int64_t>((*data)->operations);
      return Step(std::move(*data));
    }
    return Step(std::get<protocol::Line>(*std::move(line)));
  }
  return Step(Waiting{keepalive_.Deadline(now)});
}

}  // namespace skerry::stream
