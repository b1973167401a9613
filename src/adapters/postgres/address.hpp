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
  // For PQconnectdbParams, with everything that Rushline insists on. May hold a password.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

 private:
  Address() = default;

  Pooler pooler_ = Pooler::none;
  std::string name_;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace rushline::postgres
