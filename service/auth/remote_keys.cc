#include "auth/remote_keys.h"

#include <algorithm>

#include "auth/jwk.h"
#include "base/json.h"

namespace skerry::auth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxKeys = 100;
constexpr double kMaxEarlyFetches = 10;
constexpr double kMsPerEarlyFetch = 60'000;

}  // namespace

Result<std::vector<Key>> ParseKeySet(std::string_view json) {
  std::vector<Key> keys;
  bool has_list = false;
  JsonReader reader(json);
  std::string_view name;
  std::string_view text;
  if (reader.BeginObject()) {
    while (reader.NextKey(name)) {
      if (name != "keys") {
        reader.Skip();
        continue;
      }
      has_list = reader.BeginArray();
      while (has_list && reader.NextElement() && reader.ReadRaw(text)) {
        const auto jwk = ParseJwk(text);
        if (!jwk.ok() || jwk->kty == "oct" || keys.size() >= kMaxKeys) continue;
        if (auto key = Key::FromJwk(text); key.ok()) keys.push_back(*std::move(key));
      }
    }
  }
  SKERRY_TRY(reader.Finish("a key set"));
  if (!has_list) return Error{ErrorCode::kConfig, "a key set has to have a list of keys"};
  return keys;
}

RemoteKeys::Keys RemoteKeys::Current(Time now) const {
  const std::lock_guard lock(mutex_);
  return keys_ != nullptr && now - stored_at_ <= minutes(60) ? keys_ : nullptr;
}

RemoteKeys::Failure RemoteKeys::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool RemoteKeys::Miss(Time now) {
  const std::lock_guard lock(mutex_);
  early_fetches_ =
      std::min(kMaxEarlyFetches, early_fetches_ + static_cast<double>((now - filled_at_).count()) / kMsPerEarlyFetch);
  filled_at_ = now;
  if (due_ <= now || early_fetches_ < 1) return false;
  early_fetches_ -= 1;
  due_ = now;
  return true;
}

RemoteKeys::Time RemoteKeys::Due() const {
  const std::lock_guard lock(mutex_);
  return due_;
}

void RemoteKeys::Store(std::vector<Key> keys, Time now) {
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const std::vector<Key>>(std::move(keys));
  stored_at_ = now;
  due_ = now + minutes(5);
  failures_ = 0;
}

void RemoteKeys::Fail(Failure failure, Time now) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  due_ = now + std::min<Time>(seconds(1 << std::min(failures_, 6)), minutes(1));
  ++failures_;
}

}  // namespace skerry::auth
