// Meters by name, and how a decision is told.
#include "http/rate_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>

#include "core/assert.hpp"
#include "http/problem.hpp"

namespace rushline::http {
namespace {

std::int64_t whole_seconds(std::chrono::nanoseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time).count();
}

// `"key";q=100;w=1`: so many in so many seconds are let in, whenever the seconds begin. A window is
// whole seconds: where the burst is not what comes in those, the rate is told and the burst beside
// it, `"key";q=100;w=1;burst=20`.
void append_policy(std::string& out, std::string_view name, const RateLimit& limit) {
  if (limit.burst % limit.per_second == 0) {
    fmt::format_to(std::back_inserter(out), R"("{}";q={};w={})", name, limit.burst,
                   limit.burst / limit.per_second);
  } else {
    fmt::format_to(std::back_inserter(out), R"("{}";q={};w=1;burst={})", name, limit.per_second,
                   limit.burst);
  }
}

// `"key";r=50;t=1`: so many are left until, in so many seconds, all of them are back; or none is
// left until the next one is, which is what Retry-After waits for.
void append_state(std::string& out, std::string_view name, const RateDecision& decision) {
  fmt::format_to(std::back_inserter(out), R"("{}";r={};t={})", name, decision.remaining,
                 whole_seconds(decision.is_let_in ? decision.until_full : decision.wait));
}

RateLimit with_burst(RateLimit limit) {
  if (limit.burst == 0) limit.burst = std::max<std::int64_t>(limit.per_second, 1);
  return limit;
}

}  // namespace

RateLimits::RateLimits(const RateLimit& key, const RateLimit& user)
    : key_(with_burst(key)), users_(with_burst(user)) {}

std::shared_ptr<RateMeter> RateLimits::meter_of(const std::string& key_name) {
  if (!key_.is_on()) return nullptr;
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<RateMeter>& meter = meters_[key_name];
  if (!meter) meter = std::make_shared<RateMeter>();
  return meter;
}

void RateLimits::forget_all_but(std::span<const std::string> key_names) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(meters_, [&](const auto& meter) {
    return std::ranges::find(key_names, meter.first) == key_names.end();
  });
}

bool RateLimits::take_one(RateMeter& meter, Monotonic now, RatesTold& told) {
  told.key = meter.take_one(key_, now);
  if (!told.key->is_let_in) refused_keys_.fetch_add(1, std::memory_order_relaxed);
  return told.key->is_let_in;
}

bool RateLimits::take_one(const UserId& user, Monotonic now, RatesTold& told) {
  if (!users_.limit().is_on()) return true;
  told.user = users_.take_one(user, now);
  if (!told.user->is_let_in) refused_users_.fetch_add(1, std::memory_order_relaxed);
  return told.user->is_let_in;
}

void RateLimits::append_lines(std::string& out, const RatesTold& told) const {
  if (!told.key && !told.user) return;
  const std::string_view comma = told.key && told.user ? ", " : "";
  out += "RateLimit-Policy: ";
  if (told.key) append_policy(out, "key", key_);
  out += comma;
  if (told.user) append_policy(out, "user", users_.limit());
  out += "\r\nRateLimit: ";
  if (told.key) append_state(out, "key", *told.key);
  out += comma;
  if (told.user) append_state(out, "user", *told.user);
  out += "\r\n";
}

Reply too_fast(const RatesTold& told, RequestId request) {
  if (told.key && !told.key->is_let_in) {
    return problem(Refusal::rate_limited, "Requests with this key come faster than they may.",
                   request, told.key->wait);
  }
  RUSHLINE_ASSERT(told.user && !told.user->is_let_in);
  return problem(Refusal::rate_limited, "Requests of this user come faster than they may.", request,
                 told.user->wait);
}

}  // namespace rushline::http
