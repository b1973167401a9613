// Where the server listens, and whether that is safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rushline::runtime {

struct ListenAddress {
  std::string host;        // an IP address without brackets, or "localhost"
  std::uint16_t port = 0;  // 0 = the system picks one

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// HOST:PORT; IPv6 in brackets: [::1]:8080. Nothing when `text` is none: a host name that would have
// to be looked up is none.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

// What parse_listen_address takes.
std::string to_text(const ListenAddress& address);

// Whether only this machine can reach it.
bool is_loopback(const ListenAddress& address);

}  // namespace rushline::runtime
