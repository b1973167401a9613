// What was done to a shop and what was answered, each with when it began and when it ended: the
// vocabulary of histories. docs/history.md describes the file format.
//
// A simulation or a fault test fills a History itself; `verify` reads it from files (history.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/shop_calendar.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::verify {

// Of the one clock of a history: microseconds since any moment.
inline constexpr std::int64_t always_us = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t never_us = std::numeric_limits<std::int64_t>::max();

struct When {
  std::int64_t invoke_us = 0;               // not sent before
  std::optional<std::int64_t> complete_us;  // its answer had been read; nothing = never answered

  std::int64_t end_us() const { return complete_us.value_or(never_us); }
  bool is_before(const When& other) const { return end_us() < other.invoke_us; }
};

enum class Told : std::uint8_t {
  issued,
  repeat,
  sold_out,
  queued,
  refused,  // a problem with a code: closed, not open, paused, full, too fast, too busy
  error,    // unknown: the connection broke, or the answer made no sense
  timeout,  // unknown: nobody answered in time
  none,     // of a query: there is no such request
};

enum class Ask : std::uint8_t {
  request,  // asks for a coupon
  query,    // asks how the request stands, and changes nothing
};

// One press of the button, or one look at how it stands.
struct Press {
  std::int64_t op = 0;
  Ask ask = Ask::request;
  UserId user;
  CouponEventId event;
  When when;
  Told told = Told::error;
  std::optional<CouponId> coupon = {};  // of issued and repeat
  std::int64_t issue_no = 0;
  std::optional<std::int64_t> position = {};  // of queued; nothing = no place in a line
  std::string key = {};                       // Idempotency-Key; empty = none
  std::string code = {};                      // of refused and error

  bool has_coupon() const { return told == Told::issued || told == Told::repeat; }
  bool is_answered() const { return told != Told::error && told != Told::timeout; }
};

enum class Ended : std::uint8_t { done, refused, unknown };
enum class Change : std::uint8_t { create, seen, raise, pause, resume, close };

// What an operator did to a coupon event. `seen` is a look at its quantity that changed nothing.
// A history with `create` holds every raise; one with `seen` before the first press those from then
// on, unless the stored quantity shows that somebody else raised it.
struct EventChange {
  std::int64_t op = 0;
  CouponEventId event;
  Change change = Change::create;
  std::int64_t quantity = 0;  // of create, seen and raise: afterwards
  When when;
  Ended ended = Ended::done;
};

// One try to place an order under an idempotency key.
struct OrderPlacing {
  std::int64_t op = 0;
  std::string key;
  When when;
  Ended ended = Ended::unknown;
  OrderId order = {};     // of done
  std::string code = {};  // of refused
};

// A completed purchase: a line of POST /v1/purchases, or of a completed order under a name of its
// own. Sent again with the same name it is the same sale.
struct Sale {
  std::int64_t op = 0;
  PurchaseId purchase;
  ProductId product;
  std::int64_t quantity = 0;
  Day day;  // on which it counts
  When when;
  Ended ended = Ended::unknown;
};

// Takes every line of a purchase back.
struct TakeBack {
  std::int64_t op = 0;
  PurchaseId purchase;
  When when;
  Ended ended = Ended::unknown;
};

struct Score {
  ProductId product;
  std::int64_t score = 0;
  friend bool operator==(const Score&, const Score&) = default;
};

// A list as one server showed it. `list` names window and length: "3d limit 5"; `day` is the last
// of the window; `revision` rises with every state: the record's, or as_of.
struct ListRead {
  std::int64_t op = 0;
  std::string server;
  std::string list;
  Day day;
  std::int64_t revision = 0;
  When when;
  std::vector<Score> entries;
};

// While something was broken: killed, frozen, cut off, taken back to an older state.
struct Fault {
  std::string what;
  std::int64_t begin_us = 0;
  std::optional<std::int64_t> end_us;  // healed; nothing = never
};

// In any order. Every request for a coupon of an event that is in it at all must be in it.
struct History {
  std::vector<Press> presses;
  std::vector<EventChange> changes;
  std::vector<OrderPlacing> orders;
  std::vector<Sale> sales;
  std::vector<TakeBack> taken_back;
  std::vector<ListRead> list_reads;
  std::vector<Fault> faults;
};

// An event as it is stored at rest.
struct EventRecord {
  coupons::CouponEvent event;
  std::vector<coupons::Coupon> coupons;  // in the order of their numbers
};

struct StoredOrder {
  OrderId order;
  std::string key;
};

// The scores over the days `first` to `last` at rest; a whole one has every product above zero, any
// other the best ones.
struct StoredScores {
  Day first;
  Day last;
  bool is_whole = true;
  std::vector<Score> entries;
};

// What is stored when everything has come to rest, as far as it is known.
struct AtRest {
  std::vector<EventRecord> events;
  std::optional<std::vector<StoredOrder>> orders = {};
  std::vector<StoredScores> scores = {};
  std::optional<std::int64_t> at_us = {};  // nothing = at the end of the last operation
};

}  // namespace rushline::verify
