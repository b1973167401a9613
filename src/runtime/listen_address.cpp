// Reading HOST:PORT strictly, so that nobody listens where they did not mean to.
#include "runtime/listen_address.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace rushline::runtime {
namespace {

constexpr std::string_view local_name = "localhost";

std::optional<boost::asio::ip::address> parse_ip(std::string_view host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  return address;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host == local_name) return ListenAddress{std::string(host), *port};
  const auto address = parse_ip(host);
  if (!address || address->is_v6() != bracketed) return std::nullopt;
  return ListenAddress{std::string(host), *port};
}

std::string to_text(const ListenAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
               : fmt::format("{}:{}", address.host, address.port);
}

bool is_loopback(const ListenAddress& address) {
  if (address.host == local_name) return true;
  const auto ip = parse_ip(address.host);
  return ip && ip->is_loopback();
}

}  // namespace rushline::runtime
