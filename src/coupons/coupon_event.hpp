// A coupon event, its coupons, and the rules of its life, without I/O.
//
//   scheduled ─opens_at─▶ open ─last coupon─▶ sold_out ─raise, 1 s─▶ open (a new round)
//        └──────pause/resume──────┘   └─closes_at or close─▶ closed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline::coupons {

// A stretch of time in which one sequencer orders the line of an event.
struct Epoch {
  std::int64_t value = 1;
  friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

// A number of the line; rises over all epochs.
struct Sequence {
  std::int64_t value = 0;
  friend auto operator<=>(const Sequence&, const Sequence&) = default;
};

enum class Mode : std::uint8_t { direct, redis };
enum class Ack : std::uint8_t { verdict, queued };
enum class EventState : std::uint8_t { scheduled, open, paused, sold_out, closed };

std::string_view to_word(EventState state) noexcept;
std::string_view to_word(Ack ack) noexcept;
std::string_view to_word(Mode mode) noexcept;

// A larger quantity of a sold-out event that is committed but not effective yet: until then the old
// round's sold-out may still be told from memory somewhere (protocol.md, "Raising the quantity").
struct PendingRaise {
  std::int64_t quantity = 0;
  Timestamp effective_at;
  friend bool operator==(const PendingRaise&, const PendingRaise&) = default;
};

// The event row.
struct CouponEvent {
  CouponEventId id;
  std::string name;
  std::int64_t quantity = 0;
  std::int64_t issued = 0;  // 0 <= issued <= quantity
  Discount discount;
  Ack ack = Ack::verdict;
  std::optional<std::int32_t> coupon_valid_days;
  std::optional<Timestamp> opens_at;   // nothing = open at once
  std::optional<Timestamp> closes_at;  // nothing = never by time
  std::optional<Timestamp> closed_at;  // by hand
  std::optional<Timestamp> sold_out_at;
  bool paused = false;
  std::string reason;  // of the last pause, resume or close
  Timestamp created_at;

  Mode mode = Mode::direct;
  Epoch epoch;
  std::string replid;   // of the Redis primary that orders the line, or is about to
  Sequence mark;        // how far the line is settled
  Epoch line_epoch{0};  // the last one in which Redis ordered the line of this round; 0 = none
  std::optional<PendingRaise> raise;
};

// The sequences of an epoch begin at epoch * 2^epoch_sequence_bits, and have no gaps within it.
inline constexpr int epoch_sequence_bits = 32;
// The position in line, from 1, of a place that is not settled yet.
std::int64_t position_in_line(const CouponEvent& event, Sequence place);

// Whether the event takes requests at `now`, sold out or not.
bool is_closed(const CouponEvent& event, Timestamp now);
bool is_open_yet(const CouponEvent& event, Timestamp now);
// The quantity that settle counts at `now`: a pending raise counts once it is effective.
std::int64_t effective_quantity(const CouponEvent& event, Timestamp now);
// What clients see. A closed event is closed even if sold out; a sold-out one is sold out even if
// paused.
EventState state_at(const CouponEvent& event, Timestamp now);

// The steps of its life. Each takes the row as it is and gives it as it will be.
// Pausing, resuming and closing again change nothing but the reason.
// Errc::event_closed for a closed event (but closing it again is harmless).
Result<CouponEvent> pause(CouponEvent event, std::string reason, Timestamp now);
Result<CouponEvent> resume(CouponEvent event, std::string reason, Timestamp now);
Result<CouponEvent> close(CouponEvent event, std::string reason, Timestamp now);
// Errc::quantity_not_raised unless it is larger than now (or than a pending raise); the same
// quantity again changes nothing. Raising a sold-out event takes a new epoch in direct mode and
// becomes effective limits::raise_delay later.
Result<CouponEvent> raise_quantity(CouponEvent event, std::int64_t quantity, Timestamp now);
// Errc::event_closed; Errc::invalid_input when it is not after opens_at or not after `now`.
Result<CouponEvent> move_closing(CouponEvent event, Timestamp closes_at, Timestamp now);
// Makes a raise that is effective at `now` the quantity; otherwise gives the row unchanged.
CouponEvent with_effective_raise(CouponEvent event, Timestamp now);

enum class CouponState : std::uint8_t { usable, used, expired };
std::string_view to_word(CouponState state) noexcept;

struct Coupon {
  CouponId id;
  CouponEventId event;
  UserId user;
  std::int64_t issue_no = 0;    // 1, 2, 3 ... within its event
  std::optional<Sequence> seq;  // the place that it came from; nothing = direct
  Epoch epoch;                  // in which it was issued
  Discount discount;
  Timestamp issued_at;
  std::optional<Timestamp> expires_at;
  std::optional<OrderId> order_id;  // used by
};

// A used coupon stays used after its expiry.
CouponState state_at(const Coupon& coupon, Timestamp now);

}  // namespace rushline::coupons
