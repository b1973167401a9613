// The rates of users: a virtual time (core/rate_limit.hpp) for each who called lately.
//
// Bounded and never cleaned up: a user whose virtual time has passed is as good as absent, and the
// next one takes the place. Users are told apart by a 64-bit tag under a key that is drawn at the
// start, so that nobody can choose names that share one. A tag belongs to one small set; when a set
// is full of users who all called lately, the one whose burst will be back first gives way and has
// it back at once: a table that is too small refuses nobody wrongly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "core/ids.hpp"
#include "core/limits.hpp"
#include "core/rate_limit.hpp"

namespace rushline::http {

// Safe to call from any thread.
class UserRates {
 public:
  // `sets`: a power of two. With a limit that is off nothing is allocated and nothing may be asked.
  explicit UserRates(const RateLimit& limit, std::size_t sets = limits::rate_user_sets);

  const RateLimit& limit() const { return limit_; }
  RateDecision take_one(const UserId& user, Monotonic now);

 private:
  struct Entry {
    std::uint64_t tag = 0;
    Monotonic full_at{};
  };
  struct alignas(64) Set {
    std::mutex mutex;
    std::array<Entry, limits::rate_users_per_set> entries;  // guarded by mutex
  };
  static_assert(sizeof(Set) == 128);

  std::uint64_t tag_of(const UserId& user) const;

  const RateLimit limit_;
  const std::array<std::uint64_t, 2> key_;
  const std::size_t sets_count_;
  const std::unique_ptr<Set[]> sets_;  // each guards itself
};

}  // namespace rushline::http
