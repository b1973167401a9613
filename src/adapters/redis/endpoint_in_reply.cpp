// A host and a port that came over the network.
#include "adapters/redis/endpoint_in_reply.hpp"

#include <charconv>

namespace rushline::redis {
namespace {

constexpr std::size_t host_size_max = 255;  // of a name in DNS

}  // namespace

std::optional<Endpoint> endpoint_in(std::string_view host, std::int64_t port) {
  const bool is_host = !host.empty() && host.size() <= host_size_max;
  if (!is_host || port < 1 || port > 65'535) return std::nullopt;
  return Endpoint{std::string(host), static_cast<std::uint16_t>(port)};
}

std::optional<Endpoint> endpoint_in(std::string_view host, std::string_view port) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return endpoint_in(host, number);
}

}  // namespace rushline::redis
