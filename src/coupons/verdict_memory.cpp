// The flag and the holders, and in which order they are read and set.
#include "coupons/verdict_memory.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/planted_bug.hpp"

namespace rushline::coupons {
namespace {

std::int64_t nanoseconds(Monotonic time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

constexpr std::int64_t flag_age_max_ns =
    std::chrono::nanoseconds(limits::sold_out_flag_age_max).count();
constexpr std::int64_t refresh_interval_ns =
    std::chrono::nanoseconds(limits::sold_out_refresh_interval).count();

}  // namespace

bool is_sold_out_for_good(const CouponEvent& event) {
  return event.issued == event.quantity && !event.raise;
}

std::optional<Settled> VerdictMemory::recall(const UserId& user, Monotonic now) const {
  // The flag before the holders: who is in the table when the flag is set is found after it was
  // seen. The other way round, a coupon of the last batch could be missed.
  const bool is_sold_out = nanoseconds(now) < flag_until_.load(std::memory_order_acquire);
  if (const auto held = holders_.find(user)) {
    return Settled{Outcome::already_issued, held->coupon, held->issue_no, held->issued_at,
                   held->expires_at};
  }
  if (is_sold_out) return Settled{Outcome::sold_out, {}, 0, {}, {}};
  return std::nullopt;
}

bool VerdictMemory::wants_refresh(Monotonic now) const {
  const std::int64_t until = flag_until_.load(std::memory_order_relaxed);
  const std::int64_t left = until - nanoseconds(now);
  return until != no_flag && left > 0 && left <= flag_age_max_ns - refresh_interval_ns;
}

Question VerdictMemory::question(Monotonic now) const { return {now, generation_.load()}; }

std::size_t VerdictMemory::learn(std::span<const UserId> users, std::span<const Settled> answers) {
  RUSHLINE_ASSERT(users.size() == answers.size());
  const std::scoped_lock lock(holders_mutex_);
  std::size_t added = 0;
  for (std::size_t i = 0; i < users.size(); ++i) {
    const Settled& answer = answers[i];
    if (answer.outcome != Outcome::issued) continue;
    const HeldCoupon held{answer.coupon, answer.issue_no, answer.issued_at, answer.expires_at};
    if (add(users[i], held)) ++added;
  }
  return added;
}

std::size_t VerdictMemory::learn(std::span<const Coupon> coupons) {
  const std::scoped_lock lock(holders_mutex_);
  std::size_t added = 0;
  for (const Coupon& coupon : coupons) {
    const HeldCoupon held{coupon.id, coupon.issue_no, coupon.issued_at, coupon.expires_at};
    if (add(coupon.user, held)) ++added;
  }
  return added;
}

bool VerdictMemory::add(const UserId& user, const HeldCoupon& held) {
  if (held.issue_no != holders_.through() + 1) return false;
  holders_.append(user, held);
  return true;
}

void VerdictMemory::learn_state(const Question& question, const CouponEvent& event) {
  const bool is_sold_out = is_sold_out_for_good(event);
  const bool lacks_holders = holders_.through() < event.issued;
  if (is_sold_out && lacks_holders && !is_planted(PlantedBug::sold_out_to_holders)) return;
  if (!is_sold_out && flag_until_.load(std::memory_order_relaxed) == no_flag) return;
  const std::scoped_lock lock(flag_mutex_);
  if (question.generation != generation_.load()) return;
  std::int64_t until = nanoseconds(question.asked_at) + flag_age_max_ns;
  if (is_planted(PlantedBug::flag_outlives_raise)) until += 20 * flag_age_max_ns;
  flag_until_.store(is_sold_out ? std::max(until, flag_until_.load()) : no_flag,
                    std::memory_order_release);
}

void VerdictMemory::drop_sold_out() {
  const std::scoped_lock lock(flag_mutex_);
  ++generation_;
  flag_until_.store(no_flag, std::memory_order_release);
}

}  // namespace rushline::coupons
