// Reads "MOVED 3999 10.0.0.2:6379" and the like.
#include "adapters/redis/redirection.hpp"

#include <string_view>

#include "adapters/redis/endpoint_in_reply.hpp"

namespace rushline::redis {
namespace {

// "3999 HOST:PORT"; without a host it is that of the node that says so. What cannot be read leads
// nowhere.
Redirection leading(Redirection::Kind kind, std::string_view words, const Endpoint& from) {
  const std::size_t space = words.find(' ');
  const std::size_t colon = words.rfind(':');  // an IPv6 address comes without brackets
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) {
    return {};
  }
  const std::string_view host = words.substr(space + 1, colon - space - 1);
  const auto to = endpoint_in(host.empty() ? from.host : host, words.substr(colon + 1));
  if (!to) return {};
  return {kind, *to};
}

}  // namespace

std::optional<Redirection> redirection_in(const Reply& reply, const Endpoint& from) {
  if (!reply.is_error()) return std::nullopt;
  const std::string_view text = reply.text;
  const auto after = [text](std::string_view word) { return text.substr(word.size()); };
  constexpr std::string_view moved = "MOVED ";
  constexpr std::string_view ask = "ASK ";
  if (text.starts_with(moved)) return leading(Redirection::Kind::moved, after(moved), from);
  if (text.starts_with(ask)) return leading(Redirection::Kind::ask, after(ask), from);
  if (text.starts_with("TRYAGAIN")) return Redirection{Redirection::Kind::try_again};
  if (text.starts_with("CLUSTERDOWN")) return Redirection{Redirection::Kind::unserved};
  return std::nullopt;
}

}  // namespace rushline::redis
