// Where a Redis is, of what shape, and who we are there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rushline::redis {

struct Endpoint {
  std::string host;  // a name or an IP address; an IPv6 address without its brackets
  std::uint16_t port = 0;

  // HOST:PORT for people, with brackets where the host is an IPv6 address.
  std::string text() const;

  auto operator<=>(const Endpoint&) const = default;
};

// Who we are. May hold a password: never shown.
struct Credentials {
  std::string user;      // empty = the default user
  std::string password;  // empty = no AUTH
};

struct Address {
  enum class Shape : std::uint8_t {
    standalone,  // one server
    sentinel,    // a primary that Sentinels name
    cluster,     // primaries that share the slots
  };

  Shape shape = Shape::standalone;
  bool uses_tls = false;            // certificates are verified, hosts checked against them
  std::vector<Endpoint> endpoints;  // the server; the Sentinels; some nodes of the Cluster
  Credentials credentials;          // of the Redis servers, and of Sentinels that ask for them
  std::string primary_name;         // as the Sentinels know it
  int database = 0;

  // Reads one of
  //   redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]
  //   sentinel://[[USER]:PASSWORD@]HOST[:PORT],.../NAME[?db=DATABASE]
  //   cluster://[[USER]:PASSWORD@]HOST[:PORT],...
  // or rediss, sentinels, clusters for the same over TLS. User and password are percent-decoded.
  // Errc::configuration names the part that is wrong and what would be right; it repeats nothing
  // of the address, because a misplaced sign may make a part of the password look like another.
  static Result<Address> parse(std::string_view url);

  // For people: shape, endpoints and database or name, without user and password.
  std::string name() const;
};

// The word that an address of this shape begins with, without TLS.
std::string_view to_word(Address::Shape shape);

}  // namespace rushline::redis
