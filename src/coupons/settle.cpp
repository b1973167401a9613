// The transaction around decide: lock, look up, decide, write.
#include "coupons/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <string_view>
#include <utility>

#include "core/assert.hpp"
#include "core/fail_point.hpp"
#include "core/planted_bug.hpp"

namespace rushline::coupons {
namespace {

// Who of a batch is who: which arrivals are repeats, and which of them hold a coupon.
struct Roll {
  std::vector<Arrival> arrivals;
  std::vector<Settled> held;  // per arrival; of the first of each user who holds a coupon
};

Settled settled_of(const Holder& holder) {
  return {Outcome::already_issued, holder.coupon, holder.issue_no, holder.issued_at,
          holder.expires_at};
}

Roll call_roll(std::span<const UserId> users, std::span<const Holder> holders) {
  Roll roll;
  roll.arrivals.resize(users.size());
  roll.held.resize(users.size());
  boost::unordered_flat_map<std::string_view, std::int32_t> first_of;
  first_of.reserve(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto [at, is_first] = first_of.try_emplace(users[i].view(), static_cast<std::int32_t>(i));
    if (!is_first) roll.arrivals[i].same_user_as = at->second;
  }
  for (const Holder& holder : holders) {
    const auto at = first_of.find(holder.user.view());
    if (at == first_of.end()) continue;
    const auto first = static_cast<std::size_t>(at->second);
    roll.arrivals[first].holds_coupon = true;
    roll.held[first] = settled_of(holder);
  }
  return roll;
}

EventTally tally_of(const CouponEvent& event, Timestamp now) {
  return {.quantity = event.quantity,
          .issued = event.issued,
          .paused = event.paused,
          .open_yet = is_open_yet(event, now),
          .closed = is_closed(event, now)};
}

// Whoever has a place was let in by the waiting room while the event was open. Only a pause that a
// closing found in force, and that nobody can end any more, still turns them away.
EventTally tally_of_line(const CouponEvent& event) {
  return {.quantity = event.quantity, .issued = event.issued, .closed = event.paused};
}

// The arrivals of one transaction: who, and from which place if they stood in line.
struct Batch {
  std::span<const UserId> users;
  std::span<const Place> places;  // of the users, or empty

  std::optional<Sequence> seq(std::size_t i) const {
    return places.empty() ? std::nullopt : std::optional(places[i].seq);
  }
};

std::vector<Coupon> coupons_of(const CouponEvent& event, const Decision& decision,
                               const Batch& batch, Timestamp now,
                               std::optional<Timestamp> expires_at) {
  std::vector<Coupon> made;
  made.reserve(static_cast<std::size_t>(decision.issued - event.issued));
  for (std::size_t i = 0; i < batch.users.size(); ++i) {
    if (decision.rulings[i].outcome != Outcome::issued) continue;
    made.push_back(Coupon{.id = {},
                          .event = event.id,
                          .user = batch.users[i],
                          .issue_no = decision.rulings[i].issue_no,
                          .seq = batch.seq(i),
                          .epoch = event.epoch,
                          .discount = event.discount,
                          .issued_at = now,
                          .expires_at = expires_at,
                          .order_id = std::nullopt});
  }
  return made;
}

// `ids` are those of the issued, in order.
std::vector<Settled> answers_of(const Decision& decision, const Roll& roll,
                                std::span<const CouponId> ids, Timestamp now,
                                std::optional<Timestamp> expires_at) {
  std::vector<Settled> answers;
  answers.reserve(decision.rulings.size());
  std::size_t next_id = 0;
  for (std::size_t i = 0; i < decision.rulings.size(); ++i) {
    const Ruling& ruling = decision.rulings[i];
    if (ruling.outcome == Outcome::issued) {
      answers.push_back({ruling.outcome, ids[next_id++], ruling.issue_no, now, expires_at});
    } else if (ruling.outcome != Outcome::already_issued) {
      answers.push_back({ruling.outcome, {}, 0, {}, {}});
    } else if (roll.arrivals[i].holds_coupon) {
      answers.push_back(roll.held[i]);
    } else {
      Settled repeat = answers[static_cast<std::size_t>(roll.arrivals[i].same_user_as)];
      repeat.outcome = Outcome::already_issued;
      answers.push_back(repeat);
    }
  }
  return answers;
}

// The event with what was decided. Sold out is noted with the commit that gives the last.
CouponEvent after(CouponEvent event, const Decision& decision, Timestamp now) {
  const bool gives_the_last = decision.issued == event.quantity && decision.issued > event.issued;
  event.issued = decision.issued;
  if (gives_the_last) event.sold_out_at = now;
  return event;
}

Result<CouponEvent> lock(Transaction& transaction, CouponStore& store, CouponEventId id) {
  auto locked = store.lock_event(transaction, id);
  if (locked.has_error()) return std::move(locked).error();
  fail_point("settle.locked");
  if (*locked) return std::move(**locked);
  return fail(Errc::not_found, fmt::format("There is no coupon event {}.", id.value));
}

Settlement not_settled(Transaction& transaction, Standing standing, CouponEvent event) {
  return {
      .standing = standing, .answers = {}, .event = std::move(event), .as_of = transaction.now()};
}

// Decides over the batch and writes what is decided. `event` is the row with what the batch changes
// in any case (a raise that has become effective, the mark); `stored` is the row as it was.
Result<Settlement> settle_batch(Transaction& transaction, CouponStore& store,
                                const ShopCalendar& calendar, const CouponEvent& stored,
                                const CouponEvent& event, const EventTally& tally,
                                const Batch& batch) {
  const Timestamp now = transaction.now();
  const auto holders = store.holders(transaction, event.id, batch.users);
  if (holders.has_error()) return holders.error();
  const Roll roll = call_roll(batch.users, *holders);
  const Decision decision = decide(tally, roll.arrivals);
  fail_point("settle.decided");

  Settlement settlement;
  settlement.as_of = now;
  const auto expires_at = calendar.expiry(now, event.coupon_valid_days);
  std::vector<CouponId> ids;
  if (decision.issued > event.issued) {
    const auto coupons = coupons_of(event, decision, batch, now, expires_at);
    auto inserted = store.insert_coupons(transaction, coupons);
    if (inserted.has_error()) return std::move(inserted).error();
    ids = std::move(*inserted);
    RUSHLINE_ASSERT(ids.size() == coupons.size());
  }
  fail_point("settle.coupons_written");
  settlement.event = after(event, decision, now);
  if (settlement.event.issued != stored.issued || settlement.event.mark != stored.mark ||
      settlement.event.quantity != stored.quantity) {
    const auto updated = store.update_event(transaction, settlement.event);
    if (updated.has_error()) return updated.error();
  }
  settlement.answers = answers_of(decision, roll, ids, now, expires_at);
  return settlement;
}

}  // namespace

Result<Settlement> settle_direct(Transaction& transaction, CouponStore& store,
                                 const ShopCalendar& calendar, CouponEventId event_id,
                                 std::optional<Epoch> epoch, std::span<const UserId> arrivals,
                                 NewRound round) {
  auto stored = lock(transaction, store, event_id);
  if (stored.has_error()) return std::move(stored).error();
  const bool is_stale = stored->mode != Mode::direct || (epoch && stored->epoch != *epoch);
  if (is_stale && !is_planted(PlantedBug::settle_in_any_epoch)) {
    return not_settled(transaction, Standing::stale, std::move(*stored));
  }
  const Timestamp now = transaction.now();
  const CouponEvent event = with_effective_raise(*stored, now);
  if (stored->raise && !event.raise && round == NewRound::stays_closed) {
    return not_settled(transaction, Standing::early, std::move(*stored));
  }
  return settle_batch(transaction, store, calendar, *stored, event, tally_of(event, now),
                      {arrivals, {}});
}

Result<Settlement> settle_line(Transaction& transaction, CouponStore& store,
                               const ShopCalendar& calendar, CouponEventId event_id, Epoch epoch,
                               Sequence mark_read, std::span<const Place> places) {
  RUSHLINE_ASSERT(!places.empty());
  auto stored = lock(transaction, store, event_id);
  if (stored.has_error()) return std::move(stored).error();
  const bool is_stale = stored->mode != Mode::redis || stored->epoch != epoch;
  if (is_stale && !is_planted(PlantedBug::settle_in_any_epoch)) {
    return not_settled(transaction, Standing::stale, std::move(*stored));
  }
  if (stored->mark != mark_read && !is_planted(PlantedBug::settle_from_any_mark)) {
    return not_settled(transaction, Standing::moved, std::move(*stored));
  }
  if (stored->paused && !is_closed(*stored, transaction.now())) {
    return not_settled(transaction, Standing::paused, std::move(*stored));
  }

  std::vector<UserId> users;
  users.reserve(places.size());
  for (const Place& place : places) users.push_back(place.user);
  CouponEvent event = with_effective_raise(*stored, transaction.now());
  const Sequence last = places.back().seq;
  const bool follows_any = is_planted(PlantedBug::settle_from_any_mark);
  event.mark = follows_any ? last : std::max(event.mark, last);
  return settle_batch(transaction, store, calendar, *stored, event, tally_of_line(event),
                      {users, places});
}

}  // namespace rushline::coupons
