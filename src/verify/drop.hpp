// One coupon event as its history and its stored coupons show it together: when each number may
// have been issued, at the earliest and at the latest, and when each quantity may have held.
//
// Numbers are given in order, so what is known of one number bounds all others: number n was not
// issued before whatever had to come before any number up to n, and was issued by the time at which
// anybody was told of n or of a higher one. Two passes over the presses and one over the coupons.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "verify/operations.hpp"

namespace rushline::verify {

struct DropBounds {
  std::int64_t raise_delay_us = 0;  // after which the raise of a sold-out event is effective
  // How far the database's clock may be from the history's; nothing = stored times say nothing.
  std::optional<std::int64_t> clock_error_us = {};
  std::span<const Fault> faults = {};
};

// One user of one event.
struct Asker {
  static constexpr std::int32_t no_coupon = -1;

  UserId user;
  std::int32_t coupon = no_coupon;         // index into Drop::coupons
  std::int64_t asked_us = never_us;        // first request
  std::int64_t last_asked_us = always_us;  // last request
  bool has_unanswered = false;             // some request has no answer
  std::int64_t ask_us = never_us;          // first request that can have brought the coupon
  std::int64_t held_us = never_us;         // by when the coupon was told
  std::int64_t bare_us = always_us;        // last press that found the user without a coupon
  const Press* bare = nullptr;
  const Press* told = nullptr;  // the first telling of a coupon, whichever it was
  const Press* first_sold_out = nullptr;
  const Press* last_sold_out = nullptr;
  const Press* first_queued = nullptr;
  const Press* last_queued = nullptr;
  const Press* placed = nullptr;           // first answer with a place in line
  const Press* last_answer = nullptr;      // of those that say how the user's request stands
  std::int64_t first_other_us = never_us;  // first answer that ends a wait, unless it is a coupon
};

// Why a number cannot have been issued before a certain time.
enum class Because : std::uint8_t {
  nothing,
  asked,     // its user had not asked
  bare,      // its user was found without a coupon
  raised,    // nobody had asked for so large a quantity
  recorded,  // it was stored later
};

struct Numbered {
  const coupons::Coupon* coupon = nullptr;
  std::int32_t asker = -1;  // index into Drop::askers; -1 = no press of this user at all
  std::int64_t own_from_us = always_us;
  Because because = Because::nothing;
  std::int64_t from_us = always_us;  // the latest of its own and of all lower numbers
  std::size_t from_of = 0;           // the coupon that this is from
  std::int64_t until_us = never_us;  // the earliest telling of it or of a higher number
  std::size_t until_of = 0;
};

// A quantity that the event may have had.
struct Level {
  std::int64_t quantity = 0;
  std::int64_t from_us = always_us;  // asked for, at the earliest
  std::int64_t until_us = never_us;  // surely raised further
};

struct SeenPress {
  const Press* press = nullptr;
  std::uint32_t asker = 0;
  // When it was asked first: earlier than its own sending when its key was used before.
  std::int64_t invoke_us = 0;
};

struct Drop {
  CouponEventId id;
  const EventRecord* record = nullptr;  // nothing = not stored
  std::vector<SeenPress> presses = {};
  std::vector<Asker> askers = {};
  std::vector<Numbered> coupons = {};  // in the order of their numbers
  std::vector<Level> levels = {};      // rising
  std::vector<const EventChange*> changes = {};
  bool knows_creation = false;
  bool knows_raises = false;  // the history holds all of them

  std::int64_t issued() const { return std::ssize(coupons); }
};

// Every event of the history. Views into both; they must outlive what is given.
std::vector<Drop> join_drops(const History& history, const AtRest& rest, const DropBounds& bounds);

}  // namespace rushline::verify
