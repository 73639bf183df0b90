#include "sync/backoff.h"

#include "support/catch.h"

namespace skerry {

TEST_CASE("native retries double up to a minute, with jitter", "[sync][backoff]") {
  SeededRandom random(7);
  sync::Backoff backoff(random);
  backoff.Configure({});
  double expected = 1000;
  for (int i = 0; i < 12; ++i) {
    const auto delay = static_cast<double>(backoff.Next().count());
    INFO("failure " << i);
    CHECK(delay >= expected * 0.8 - 1);
    CHECK(delay <= expected * 1.2);
    expected = std::min(expected * 2, 60000.0);
  }
  backoff.Reset();
  CHECK(backoff.Next().count() <= 1200);
}

TEST_CASE("the compatibility profile waits five seconds, give or take a tenth", "[sync][backoff]") {
  SeededRandom random(7);
  sync::Backoff backoff(random);
  sync::ConnectOptions options;
  options.profile = sync::Profile::kPowerSync;
  backoff.Configure(options);
  bool varies = false;
  const auto first = backoff.Next();
  for (int i = 0; i < 50; ++i) {
    const auto delay = backoff.Next();
    CHECK(delay.count() >= 4500);
    CHECK(delay.count() <= 5500);
    varies = varies || delay != first;
  }
  CHECK(varies);
}

TEST_CASE("a retry delay given by the app is the first one", "[sync][backoff]") {
  SeededRandom random(7);
  sync::Backoff backoff(random);
  sync::ConnectOptions options;
  options.retry_delay = std::chrono::milliseconds(100);
  backoff.Configure(options);
  CHECK(backoff.Next().count() <= 120);
  CHECK(backoff.Next().count() >= 160);
}

}  // namespace skerry
