// The rules of an event's life, as functions from one row to the next.
#include "coupons/coupon_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/planted_bug.hpp"

namespace rushline::coupons {
namespace {

Error closed_error(const CouponEvent& event) {
  return fail(
      Errc::event_closed,
      fmt::format("Coupon event {} is closed and cannot be changed any more.", event.id.value));
}

bool is_sold_out(const CouponEvent& event) { return event.issued >= event.quantity; }

// The largest quantity that was promised so far.
std::int64_t promised_quantity(const CouponEvent& event) {
  return event.raise ? event.raise->quantity : event.quantity;
}

// A new round: whatever is still on its way in the old epoch is fenced off, and nothing is issued
// before every sold-out flag in memory has run out.
void begin_round(CouponEvent& event, std::int64_t quantity, Timestamp now) {
  event.epoch = Epoch{event.epoch.value + 1};
  event.mode = Mode::direct;
  event.replid.clear();
  // Whoever still stands in the line was told sold out.
  if (!is_planted(PlantedBug::keep_line_over_round)) event.line_epoch = Epoch{0};
  const auto delay = is_planted(PlantedBug::raise_at_once)
                         ? Timestamp::duration{0}
                         : Timestamp::duration{limits::raise_delay};
  event.raise = PendingRaise{quantity, now + delay};
}

}  // namespace

std::string_view to_word(EventState state) noexcept {
  switch (state) {
    case EventState::scheduled:
      return "scheduled";
    case EventState::open:
      return "open";
    case EventState::paused:
      return "paused";
    case EventState::sold_out:
      return "sold_out";
    case EventState::closed:
      return "closed";
  }
  return "";
}

std::string_view to_word(Ack ack) noexcept { return ack == Ack::queued ? "queued" : "verdict"; }

std::string_view to_word(Mode mode) noexcept { return mode == Mode::redis ? "redis" : "direct"; }

std::string_view to_word(CouponState state) noexcept {
  switch (state) {
    case CouponState::usable:
      return "usable";
    case CouponState::used:
      return "used";
    case CouponState::expired:
      return "expired";
  }
  return "";
}

std::int64_t position_in_line(const CouponEvent& event, Sequence place) {
  const std::int64_t first = event.epoch.value << epoch_sequence_bits;
  const std::int64_t settled =
      place.value >= first ? std::max(event.mark.value, first - 1) : event.mark.value;
  return std::max<std::int64_t>(1, place.value - settled);
}

bool is_closed(const CouponEvent& event, Timestamp now) {
  return event.closed_at.has_value() || (event.closes_at && *event.closes_at <= now);
}

bool is_open_yet(const CouponEvent& event, Timestamp now) {
  return !event.opens_at || *event.opens_at <= now;
}

std::int64_t effective_quantity(const CouponEvent& event, Timestamp now) {
  return event.raise && event.raise->effective_at <= now ? event.raise->quantity : event.quantity;
}

EventState state_at(const CouponEvent& event, Timestamp now) {
  if (is_closed(event, now)) return EventState::closed;
  if (event.issued >= effective_quantity(event, now)) return EventState::sold_out;
  if (event.paused) return EventState::paused;
  return is_open_yet(event, now) ? EventState::open : EventState::scheduled;
}

Result<CouponEvent> pause(CouponEvent event, std::string reason, Timestamp now) {
  if (is_closed(event, now)) return closed_error(event);
  event.paused = true;
  event.reason = std::move(reason);
  return event;
}

Result<CouponEvent> resume(CouponEvent event, std::string reason, Timestamp now) {
  if (is_closed(event, now)) return closed_error(event);
  event.paused = false;
  event.reason = std::move(reason);
  return event;
}

Result<CouponEvent> close(CouponEvent event, std::string reason, Timestamp now) {
  if (!is_closed(event, now)) event.closed_at = now;
  event.reason = std::move(reason);
  return event;
}

Result<CouponEvent> raise_quantity(CouponEvent event, std::int64_t quantity, Timestamp now) {
  if (is_closed(event, now)) return closed_error(event);
  if (quantity > limits::event_quantity_max) {
    return invalid_field("quantity", fmt::format("must be at most {}", limits::event_quantity_max));
  }
  const std::int64_t promised = promised_quantity(event);
  if (quantity == promised) return event;
  if (quantity < promised) {
    return fail(Errc::quantity_not_raised,
                fmt::format("The quantity of coupon event {} is {} and only goes up.",
                            event.id.value, promised));
  }
  if (event.raise) {
    // The round that is about to open becomes larger; no flag was set since it was announced. It is
    // opened by who settles.
    event.raise->quantity = quantity;
  } else if (is_sold_out(event)) {
    begin_round(event, quantity, now);
  } else {
    event.quantity = quantity;
  }
  return event;
}

Result<CouponEvent> move_closing(CouponEvent event, Timestamp closes_at, Timestamp now) {
  if (is_closed(event, now)) return closed_error(event);
  if (event.opens_at && closes_at <= *event.opens_at) {
    return invalid_field("closes_at", "must be after opens_at");
  }
  if (closes_at <= now) {
    return invalid_field("closes_at", "is in the past; to end the event now, close it");
  }
  event.closes_at = closes_at;
  return event;
}

CouponEvent with_effective_raise(CouponEvent event, Timestamp now) {
  if (!event.raise || event.raise->effective_at > now) return event;
  RUSHLINE_ASSERT(event.raise->quantity > event.quantity);
  event.quantity = event.raise->quantity;
  event.raise.reset();
  event.sold_out_at.reset();
  return event;
}

CouponState state_at(const Coupon& coupon, Timestamp now) {
  if (coupon.order_id) return CouponState::used;
  if (coupon.expires_at && *coupon.expires_at <= now) return CouponState::expired;
  return CouponState::usable;
}

}  // namespace rushline::coupons
