// Reads the address of a server; see target_url.hpp.
#include "http/target_url.hpp"

#include <fmt/format.h>

#include <charconv>

namespace rushline::http {
namespace {

constexpr std::string_view scheme = "http://";

Error unusable(std::string_view url, std::string_view why) {
  return invalid_field("target", fmt::format("'{}' {}; write it as http://HOST:PORT", url, why));
}

}  // namespace

std::string TargetUrl::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

Result<TargetUrl> parse_target(std::string_view url) {
  if (url.starts_with("https://")) return unusable(url, "asks for TLS, which this client lacks");
  if (!url.starts_with(scheme)) return unusable(url, "does not begin with http://");
  std::string_view rest = url.substr(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ ") != std::string_view::npos) {
    return unusable(url, "has more than a host and a port");
  }

  TargetUrl target{.host = {}, .port = 80};
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return unusable(url, "opens a bracket and never closes it");
    target.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return unusable(url, "goes on behind the bracket");
    port = rest.empty() ? rest : rest.substr(1);
    if (rest == ":") return unusable(url, "has no port behind the colon");
  } else {
    const std::size_t colon = rest.find(':');
    target.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = rest.substr(colon + 1);
      if (port.empty()) return unusable(url, "has no port behind the colon");
    }
  }
  if (target.host.empty()) return unusable(url, "names no host");
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc{} || end != port.data() + port.size() || target.port == 0) {
      return unusable(url, "has a port that is not 1 to 65535");
    }
  }
  return target;
}

}  // namespace rushline::http
