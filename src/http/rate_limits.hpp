// Who may ask how fast: a rate for each API key and one for each user, and the header lines that
// tell callers of them (the IETF draft "RateLimit header fields for HTTP").
//
// A key's rate counts every request with the key; without keys all callers together are one. A
// user's rate counts every request with the user's token, and the coupon requests that a key makes
// for the user. Both are asked before anything else is done for the request. One server counts for
// itself: several let in several times as much.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "core/rate_limit.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/user_rates.hpp"

namespace rushline::http {

// What one request was told.
struct RatesTold {
  std::optional<RateDecision> key;
  std::optional<RateDecision> user;
};

// Refused since the start.
struct RateCounts {
  std::int64_t keys = 0;
  std::int64_t users = 0;
};

// Safe to call from any thread.
class RateLimits {
 public:
  // A burst of 0 is what comes in a second.
  RateLimits(const RateLimit& key, const RateLimit& user);

  bool is_on() const { return key_.is_on() || users_.limit().is_on(); }

  // The meter of a key by its name; null when keys are not limited. Shared with who asks, who may
  // hold it when it is forgotten.
  std::shared_ptr<RateMeter> meter_of(const std::string& key_name);

  // The keys were read again: who is still there keeps its rate, the other meters are forgotten. A
  // request in hand may bring one back, until the next time.
  void forget_all_but(std::span<const std::string> key_names);

  // Decides, counts a refusal, and notes what is to be told. Nothing is done when that limit is
  // off. True: let in.
  bool take_one(RateMeter& meter, Monotonic now, RatesTold& told);
  bool take_one(const UserId& user, Monotonic now, RatesTold& told);

  // RateLimit-Policy and RateLimit, of the limits that the request was counted by.
  void append_lines(std::string& out, const RatesTold& told) const;

  RateCounts counts() const { return {refused_keys_, refused_users_}; }

 private:
  const RateLimit key_;
  UserRates users_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RateMeter>> meters_;  // guarded by mutex_
  std::atomic<std::int64_t> refused_keys_ = 0;
  std::atomic<std::int64_t> refused_users_ = 0;
};

// 429 for a request that one of its limits has refused.
Reply too_fast(const RatesTold& told, RequestId request);

}  // namespace rushline::http
