// Takes an address of Redis apart, from the outside in.
#include "adapters/redis/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26379;

struct Scheme {
  std::string_view word;
  Address::Shape shape;
  bool uses_tls;
};

constexpr std::array<Scheme, 6> schemes = {{
    {"redis", Address::Shape::standalone, false},
    {"rediss", Address::Shape::standalone, true},
    {"sentinel", Address::Shape::sentinel, false},
    {"sentinels", Address::Shape::sentinel, true},
    {"cluster", Address::Shape::cluster, false},
    {"clusters", Address::Shape::cluster, true},
}};

Error wrong(std::string_view part, std::string_view right) {
  return fail(Errc::configuration,
              fmt::format("The address of Redis has a wrong {}: it must be {}", part, right));
}

bool is_one_of(char sign, std::string_view others) {
  return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') ||
         (sign >= '0' && sign <= '9') || others.find(sign) != std::string_view::npos;
}

bool consists_of(std::string_view text, std::string_view others) {
  return !text.empty() &&
         std::ranges::all_of(text, [&](char sign) { return is_one_of(sign, others); });
}

// A number without sign, blanks and leading zeros.
std::optional<std::int64_t> number_of(std::string_view text, std::int64_t max) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < 0 || number > max || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return number;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(byte);
    at += 2;
  }
  return decoded;
}

// Takes what stands before `sign` off the front of `text`; all of it when there is no such sign.
std::string_view take_until(std::string_view& text, std::string_view signs) {
  const std::size_t end = std::min(text.find_first_of(signs), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

Result<Credentials> credentials_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return wrong("user", "followed by a password, USER:PASSWORD@ or :PASSWORD@");
  }
  const auto user = percent_decoded(text.substr(0, colon));
  const auto password = percent_decoded(text.substr(colon + 1));
  constexpr std::string_view encoded = "written with every special character as %XX";
  if (!user) return wrong("user", encoded);
  if (!password) return wrong("password", encoded);
  if (password->empty()) return wrong("password", "given, or left out together with the user");
  return Credentials{*user, *password};
}

Result<Endpoint> endpoint_of(std::string_view text, std::uint16_t default_port) {
  constexpr std::string_view host_words =
      "a name, an IPv4 address, or an IPv6 address in brackets such as [::1]";
  Endpoint endpoint{{}, default_port};
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return wrong("host", host_words);
    endpoint.host = text.substr(1, end - 1);
    if (!consists_of(endpoint.host, ":.%") || endpoint.host.find(':') == std::string::npos) {
      return wrong("host", host_words);
    }
    text.remove_prefix(end + 1);
  } else {
    endpoint.host = take_until(text, ":");
    if (!consists_of(endpoint.host, "-._")) return wrong("host", host_words);
  }
  if (text.empty()) return endpoint;
  const auto port = text.front() == ':' ? number_of(text.substr(1), 65'535) : std::nullopt;
  if (!port || *port == 0) return wrong("port", "a number from 1 to 65535, as in HOST:PORT");
  endpoint.port = static_cast<std::uint16_t>(*port);
  return endpoint;
}

Result<void> take_endpoints(Address& address, std::string_view text) {
  const auto port = address.shape == Address::Shape::sentinel ? sentinel_port : redis_port;
  for (;;) {
    const auto endpoint = endpoint_of(take_until(text, ","), port);
    if (!endpoint) return endpoint.error();
    address.endpoints.push_back(*endpoint);
    if (text.empty()) break;
    text.remove_prefix(1);
  }
  if (address.shape == Address::Shape::standalone && address.endpoints.size() > 1) {
    return wrong("host", "one only; several are for sentinel:// and cluster://");
  }
  if (address.endpoints.size() > limits::redis_endpoints_max) {
    return wrong("list of hosts", fmt::format("of at most {}", limits::redis_endpoints_max));
  }
  return {};
}

Result<void> take_database(Address& address, std::string_view text) {
  const auto number = number_of(text, limits::redis_database_max);
  if (!number) {
    return wrong("database", fmt::format("a number from 0 to {}", limits::redis_database_max));
  }
  if (address.shape == Address::Shape::cluster && *number != 0) {
    return wrong("database", "left out, because a Cluster has only database 0");
  }
  address.database = static_cast<int>(*number);
  return {};
}

// What follows the hosts: "/3", "/name?db=3", or nothing.
Result<void> take_path(Address& address, std::string_view text) {
  const std::string_view path = take_until(text, "?").substr(0);
  const std::string_view inside = path.substr(std::min<std::size_t>(1, path.size()));
  if (address.shape == Address::Shape::sentinel) {
    if (!consists_of(inside, "-._")) {
      return wrong("name",
                   "the one that the Sentinels know the primary by, as in "
                   "sentinel://HOST:PORT,HOST:PORT/NAME");
    }
    address.primary_name = inside;
    if (text.empty()) return {};
    if (!text.starts_with("?db=")) return wrong("parameter", "db=DATABASE or left out");
    return take_database(address, text.substr(4));
  }
  if (!text.empty()) return wrong("parameter", "left out; only sentinel:// takes ?db=DATABASE");
  return inside.empty() ? Result<void>() : take_database(address, inside);
}

}  // namespace

std::string Endpoint::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string_view to_word(Address::Shape shape) {
  return std::ranges::find(schemes, shape, &Scheme::shape)->word;
}

Result<Address> Address::parse(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const auto* const scheme =
      std::ranges::find(schemes, url.substr(0, std::min(scheme_end, url.size())), &Scheme::word);
  if (scheme_end == std::string_view::npos || scheme == schemes.end()) {
    return wrong("beginning",
                 "redis://, sentinel:// or cluster://, or with TLS rediss://, "
                 "sentinels:// or clusters://");
  }
  Address address;
  address.shape = scheme->shape;
  address.uses_tls = scheme->uses_tls;
  std::string_view rest = url.substr(scheme_end + 3);
  std::string_view authority = take_until(rest, "/?");
  if (rest.find('@') != std::string_view::npos) {
    return wrong("user or password", "written with every special character as %XX, / as %2F");
  }
  if (const std::size_t sign = authority.rfind('@'); sign != std::string_view::npos) {
    auto credentials = credentials_of(authority.substr(0, sign));
    if (!credentials) return credentials.error();
    address.credentials = *std::move(credentials);
    authority.remove_prefix(sign + 1);
  }
  if (const auto taken = take_endpoints(address, authority); !taken) return taken.error();
  if (const auto taken = take_path(address, rest); !taken) return taken.error();
  return address;
}

std::string Address::name() const {
  std::vector<std::string> hosts;
  for (const Endpoint& endpoint : endpoints) hosts.push_back(endpoint.text());
  const std::string where = fmt::format("{}", fmt::join(hosts, ","));
  switch (shape) {
    case Shape::standalone:
      return fmt::format("Redis at {}, database {}", where, database);
    case Shape::sentinel:
      return fmt::format("Redis {} of the Sentinels {}", primary_name, where);
    case Shape::cluster:
      break;
  }
  return fmt::format("Redis Cluster of {}", where);
}

}  // namespace rushline::redis
