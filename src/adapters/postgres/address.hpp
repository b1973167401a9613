// Where a PostgreSQL database is and how it is to be talked to.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace rushline::postgres {

// What stands between this program and the server.
enum class Pooler : std::uint8_t {
  none,         // a connection is one session: statements are prepared once in it
  transaction,  // PgBouncer or the like hands sessions out by transaction: none is kept anywhere
};

class Address {
 public:
  // Takes postgresql://user@host:port,host:port/name?... as libpq does. Errc::configuration.
  static Result<Address> parse(const std::string& url, Pooler pooler);

  Pooler pooler() const { return pooler_; }
  // For people: database and hosts, without user and password.
  const std::string& name() const { return name_; }
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  // For PQconnectdbParams, with everything that Rushline insists on. May hold a password.
  const Parameters& parameters() const { return parameters_; }
  // The same; host number `first` is tried first, then those after it, then those before it.
  Parameters parameters_from(std::size_t first) const;

  struct Host {
    std::string name;  // or its IP address
    std::string port;
    bool operator==(const Host&) const = default;
  };
  // At least one, in the order of the address; empty words stand for libpq's defaults.
  const std::vector<Host>& hosts() const { return hosts_; }

 private:
  Address() = default;

  Pooler pooler_ = Pooler::none;
  std::string name_;
  Parameters parameters_;
  std::vector<Host> hosts_;
};

}  // namespace rushline::postgres
