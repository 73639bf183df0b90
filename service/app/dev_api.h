// What `skerryd dev` adds to the sync routes: tokens for demo users, a write endpoint, a page's files.
//
// For one person on one machine. A foreign page in that person's browser must not get a demo user's token: every
// request has to name a loopback host (so that a name that was pointed here is refused), and one for /dev/ must come
// from a page of this machine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/dev_config.h"
#include "app/dev_writer.h"
#include "app/static_files.h"
#include "app/writer_thread.h"
#include "auth/issuer.h"
#include "auth/verifier.h"
#include "http/message.h"

namespace skerry::app {

class DevApi final : public http::Handler {
 public:
  static constexpr std::size_t kMaxBatchBytes = 16 << 20;

  struct Parts {
    http::Handler& sync;
    const auth::Issuer& issuer;
    const auth::Verifier& verifier;
    const std::vector<std::string>& users;
    DevWriter& writer;  // Used on the writer's thread only.
    WriterThread& thread;
    const StaticFiles* files;                         // Null: no page.
    std::function<void(std::function<void()>)> post;  // To the server's thread.
    LogSink& log;
  };
  explicit DevApi(Parts parts) : parts_(std::move(parts)) {}

  void Handle(http::Request request, Respond respond) override;
  std::size_t BodyLimit(std::string_view target) const override;

 private:
  void HandleDev(const http::Request& request, Respond respond);
  http::Response IssueToken(const http::Request& request) const;
  http::Response ListUsers() const;
  void ApplyWrites(const http::Request& request, Respond respond);

  Parts parts_;
};

}  // namespace skerry::app
