// What a new connection says first, and what it must hear to be used. Without I/O.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/redis/address.hpp"
#include "adapters/redis/reply.hpp"
#include "core/result.hpp"

namespace rushline::redis {

// How we introduce ourselves, and to whom. May hold a password: never shown.
struct Login {
  enum class To : std::uint8_t {
    primary,          // refused by whoever is a replica
    cluster_primary,  // or whose Cluster does not work
    any,              // a server of any role
    sentinel,         // which may want no password
  };

  Credentials credentials = {};
  int database = 0;
  To to = To::primary;
};

// AUTH, SELECT, CLIENT SETNAME, ROLE, CLUSTER INFO and PING, as far as they are needed, all sent at
// once. The user must be allowed to run them; only CLIENT SETNAME may be refused. Used by one
// thread.
class Handshake {
 public:
  explicit Handshake(const Login& login);

  // To be sent when the connection is made.
  const std::string& bytes() const { return bytes_; }
  // Takes the replies one by one. Errc::unavailable with what to do about it: the server must not
  // be used now. Never repeats what was sent.
  Result<void> take(const Reply& reply);
  bool is_done() const { return taken_ == steps_.size(); }

 private:
  enum class Step : std::uint8_t { auth, select, name, role, cluster, ping };

  Result<void> check(Step step, const Reply& reply) const;

  Login::To to_;
  std::string bytes_;
  std::vector<Step> steps_;
  std::size_t taken_ = 0;
};

// True for the errors by which a server says that it cannot serve as what it was asked as, whatever
// the command: READONLY, LOADING, MASTERDOWN, NOAUTH, BUSY, CLUSTERDOWN (of the Cluster, not of one
// slot).
bool is_unable(const Reply& reply);

// The stable word that an error of Redis begins with ("NOPERM"); "an error" when there is none. The
// rest may repeat what was sent.
std::string error_word(const Reply& reply);

}  // namespace rushline::redis
