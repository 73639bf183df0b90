#include "http/address_guard.h"

#include <algorithm>

namespace skerry::http {

namespace ip = boost::asio::ip;

namespace {

bool Contains(const ip::network_v4& range, const ip::address_v4& address) {
  return ip::network_v4(address, range.prefix_length()).canonical() == range.canonical();
}
bool Contains(const ip::network_v6& range, const ip::address_v6& address) {
  return ip::network_v6(address, range.prefix_length()).canonical() == range.canonical();
}

// What is not a public unicast address (RFC 6890, IANA's special-purpose registries).
bool IsSpecial(const ip::address_v4& address) {
  static constexpr const char* kRanges[] = {"0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",
                                            "169.254.0.0/16", "172.16.0.0/12",  "192.0.0.0/24",  "192.0.2.0/24",
                                            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                                            "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4"};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [&](const char* range) { return Contains(ip::make_network_v4(range), address); });
}
// Only 2000::/3 is given out, and of that 6to4, Teredo and the documentation's range lead elsewhere.
bool IsSpecial(const ip::address_v6& address) {
  static constexpr const char* kRanges[] = {"2001::/23", "2001:db8::/32", "2002::/16"};
  if (!Contains(ip::make_network_v6("2000::/3"), address)) return true;
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [&](const char* range) { return Contains(ip::make_network_v6(range), address); });
}

}  // namespace

Status AddressGuard::Reject(std::string_view range) {
  if (range == "local") {
    rejects_local_ = true;
    return kDone;
  }
  std::string text(range);
  boost::system::error_code failure;
  const ip::address single = ip::make_address(text, failure);
  if (!failure) text += single.is_v4() ? "/32" : "/128";
  const auto v4 = ip::make_network_v4(text, failure);
  if (!failure) {
    v4_.push_back(v4);
    return kDone;
  }
  const auto v6 = ip::make_network_v6(text, failure);
  if (failure) return Error{ErrorCode::kConfig, "'" + std::string(range) + "' is neither an IP range nor 'local'"};
  v6_.push_back(v6);
  return kDone;
}

bool AddressGuard::Allows(const ip::address& address) const {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return Allows(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
  if (address.is_v4()) {
    const ip::address_v4 v4 = address.to_v4();
    return !(rejects_local_ && IsSpecial(v4)) &&
           std::none_of(v4_.begin(), v4_.end(), [&](const auto& range) { return Contains(range, v4); });
  }
  const ip::address_v6 v6 = address.to_v6();
  return !(rejects_local_ && IsSpecial(v6)) &&
         std::none_of(v6_.begin(), v6_.end(), [&](const auto& range) { return Contains(range, v6); });
}

}  // namespace skerry::http
