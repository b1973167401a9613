// The line of each coupon event, shared by all servers (port).
//
// The waiting room orders requests and promises nothing else: what it forgets was never told to
// anybody. Implemented by adapters/redis. What every implementation must do can be run:
// tests/contract/waiting_room_contract.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/callback.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::coupons {

// Which line of which event is meant. A waiting room that holds another epoch of the event, or was
// given it by another primary, or whose line has not the size that it counted, does not touch
// anything and says Errc::stale_epoch.
struct Fence {
  CouponEventId event;
  Epoch epoch;
  std::string replid;  // the replication id of the primary that the line was installed on
};

// What admission asks for besides the fence, by the waiting room's own clock. Equal to what the
// event row says; take() brings it up to date.
struct Window {
  std::optional<Timestamp> opens_at = std::nullopt;
  std::optional<Timestamp> closes_at = std::nullopt;  // by time or by hand, whichever is first
  bool paused = false;
  Timestamp as_of = {};  // database time of the reading: an older window never replaces a newer one

  friend bool operator==(const Window&, const Window&) = default;
};

// A place in the line. The waiting room hands out `seq`; a wall clock never does, because two
// machines disagree about "first".
struct Place {
  UserId user;
  Sequence seq;
};

// Why a user has no place.
enum class Turned : std::uint8_t {
  sold_out,  // a hint only: the database must be asked
  closed,
  not_open,
  paused,
  full,  // the line is at its cap
};

// What admitting one user came to.
struct Admitted {
  std::optional<Sequence> place;  // nothing = turned away
  bool is_new = false;            // given now; else the one that the user had already
};

struct Admissions {
  std::vector<Admitted> users;   // in the order given
  Turned turned = Turned::full;  // why those without a place have none
  std::int64_t waiting = 0;      // places in the line afterwards
};

struct Taken {
  std::vector<Place> places;  // in the order of the line
  std::int64_t waiting = 0;   // places in the line, these included
};

struct Installation {
  Fence fence;  // what the line belongs to from now on
  Epoch kept;   // the epoch whose line may be kept; 0 = none (a new event, a new round)
  Window window;
  std::int64_t cap = 0;  // places at a time
};

// Safe to call from any thread; never blocks. `done` is called exactly once, on a thread of the
// waiting room or at once on the calling one; it must not block. Errors: Errc::unavailable,
// Errc::timed_out (whether it happened is unknown), Errc::overloaded (too much waits to be sent),
// Errc::stale_epoch. Every call but install() may be repeated. Arguments are copied.
class WaitingRoom {
 public:
  template <class T>
  using Done = Callback<void(Result<T>)>;

  virtual ~WaitingRoom() = default;

  // Gives each of `users` a place, in the order given; one who is in line already keeps the first
  // place, whatever the line says to others. At most limits::admit_batch_max users.
  virtual void admit(const Fence& fence, std::span<const UserId> users, Done<Admissions> done) = 0;

  // Copies the first `count_max` places after `mark`, having removed those at or below it: they are
  // settled. Removes nobody else, so a crash loses nobody. `window` replaces the one it holds.
  virtual void take(const Fence& fence, Sequence mark, const Window& window, std::size_t count_max,
                    Done<Taken> done) = 0;

  // Forgets every place up to `mark` and tells the other servers (on_mark). Call only after their
  // verdicts are committed.
  virtual void trim(const Fence& fence, Sequence mark, Done<void> done) = 0;

  // Newcomers are turned away (Turned::sold_out) until the next install. Call only after the commit
  // that issued the last coupon.
  virtual void mark_sold_out(const Fence& fence, Done<void> done) = 0;

  // The place of one user, also of a line that take() would refuse; nothing = not in line.
  virtual void find(CouponEventId event, const UserId& user,
                    Done<std::optional<Sequence>> done) = 0;

  // The replication id of the primary that would hold the event's line. Errc::unavailable when
  // there is none, or when what answers is a replica.
  virtual void primary(CouponEventId event, Done<std::string> done) = 0;

  // Makes the line the one of `installation.fence`: keeps the places if they are whole and of the
  // epoch `kept`, else empties it; takes sold out back; sequences go on from epoch * 2^32.
  // Errc::stale_epoch when it holds this epoch or a higher one, or is another primary. Never
  // repeated by anybody: an unknown outcome needs a new epoch.
  virtual void install(const Installation& installation, Done<void> done) = 0;

  // Since when the primary that would hold the event's line has answered every command in time;
  // nothing while it does not, or is not known.
  virtual std::optional<Monotonic> healthy_since(CouponEventId event) const = 0;

  // `heard` is called on a thread of the waiting room whenever any server has trimmed a line. A
  // lost message costs its users a poll. Once, before the first call of anything else.
  virtual void on_mark(Callback<void(CouponEventId, Sequence)> heard) = 0;
};

}  // namespace rushline::coupons
