// Which addresses the service may be sent to by a configured or discovered name: against requests that reach what only
// this machine or network should (SSRF). Checked on the resolved address that is then connected to, so a name cannot
// change its mind in between.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace skerry::http {

class AddressGuard {
 public:
  // "10.0.0.0/8", "fd00::/8", a single address, or "local" for everything that is not a public unicast address.
  Status Reject(std::string_view range);
  bool Allows(const boost::asio::ip::address& address) const;

 private:
  bool rejects_local_ = false;
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace skerry::http
