// Where a Rushline server is, as people write it: `--target http://127.0.0.1:8080`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace rushline::http {

struct TargetUrl {
  std::string host;  // a name or an address, without the brackets of IPv6
  std::uint16_t port = 0;

  // host:port as the Host header spells it.
  std::string authority() const;
};

// Takes http://HOST[:PORT][/]; the port is 80 if none is given. Errc::invalid_input tells what else
// was found: another scheme (https is not spoken), a path, no host, a port out of range.
Result<TargetUrl> parse_target(std::string_view url);

}  // namespace rushline::http
