// The checks that need both sides: what was told, and what is stored.
#include "verify/history_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace rushline::verify {
namespace {

using coupons::Coupon;
using coupons::CouponEvent;

// What the history says of one user.
struct UserSeen {
  std::int64_t first_invoke_us = 0;
  // When a coupon was told for the first time; nothing = never.
  std::optional<std::int64_t> told_us;
};

// One event, joined: the operations on it and the coupons of it.
struct EventSeen {
  const EventRecord* record = nullptr;
  std::vector<const Operation*> operations;
  std::unordered_map<UserId, UserSeen> users;
  std::unordered_map<UserId, const Coupon*> coupon_of;
  std::map<coupons::Epoch, std::int64_t> began_us;  // first coupon of each epoch, by its issue
};

std::int64_t to_us(Timestamp time) { return time.time_since_epoch().count(); }

// Each epoch of an event in direct mode is a round. Whether `coupon` was given in the round in
// which `sold_out` was told, or in one before: the first round has none before it; a later one had
// begun when the request was made. What lies between the two cannot be told and counts as no.
bool is_of_same_or_earlier_round(const EventSeen& event, const Coupon& coupon,
                                 const Operation& sold_out) {
  return coupon.epoch == event.began_us.begin()->first ||
         sold_out.invoke_us >= event.began_us.at(coupon.epoch);
}

class HistoryChecks {
 public:
  HistoryChecks(std::span<const Operation> operations, std::span<const EventRecord> records) {
    for (const EventRecord& record : records) add_record(record);
    for (const Operation& operation : operations) add_operation(operation);
  }

  std::vector<Check> run(std::chrono::microseconds answer_time_max) {
    for (auto& [id, event] : events_) {
      if (event.record == nullptr) {
        told_stays_.find(fmt::format("event {} of the history does not exist", id.value));
        continue;
      }
      check_asked(event);
      check_told_stays(event);
      check_order_of_numbers(event);
      check_sold_out(event);
      check_at_rest(event);
    }
    for (auto& [id, event] : events_) check_answered(event, answer_time_max);
    return {std::move(asked_), std::move(told_stays_), std::move(in_order_), std::move(sold_out_),
            std::move(answered_)};
  }

 private:
  void add_record(const EventRecord& record) {
    EventSeen& event = events_[record.event.id];
    event.record = &record;
    for (const Coupon& coupon : record.coupons) {
      event.coupon_of.emplace(coupon.user, &coupon);
      const std::int64_t at = to_us(coupon.issued_at);
      const auto [found, is_new] = event.began_us.emplace(coupon.epoch, at);
      if (!is_new) found->second = std::min(found->second, at);
    }
  }

  void add_operation(const Operation& operation) {
    EventSeen& event = events_[operation.event];
    event.operations.push_back(&operation);
    const auto [found, is_new] =
        event.users.try_emplace(operation.user, UserSeen{operation.invoke_us, {}});
    UserSeen& user = found->second;
    user.first_invoke_us = std::min(user.first_invoke_us, operation.invoke_us);
    if (operation.has_coupon() && operation.complete_us) {
      user.told_us =
          std::min(user.told_us.value_or(*operation.complete_us), *operation.complete_us);
    }
  }

  // S3.
  void check_asked(const EventSeen& event) {
    for (const Coupon& coupon : event.record->coupons) {
      ++asked_.rows;
      if (!event.users.contains(coupon.user)) {
        asked_.find(fmt::format("event {}: coupon {} belongs to user {}, who never asked",
                                coupon.event.value, coupon.id.value, coupon.user.view()));
      }
    }
  }

  // S4: a told coupon is stored as it was told; who holds one is not told sold out.
  void check_told_stays(const EventSeen& event) {
    for (const Operation* operation : event.operations) {
      ++told_stays_.rows;
      const auto found = event.coupon_of.find(operation->user);
      const Coupon* coupon = found == event.coupon_of.end() ? nullptr : found->second;
      if (operation->has_coupon() && (coupon == nullptr || coupon->id != *operation->coupon ||
                                      coupon->issue_no != operation->issue_no)) {
        told_stays_.find(fmt::format(
            "op {}: user {} was told coupon {} number {} of event {}, stored is {}", operation->op,
            operation->user.view(), operation->coupon->value, operation->issue_no,
            operation->event.value,
            coupon == nullptr
                ? std::string("none")
                : fmt::format("coupon {} number {}", coupon->id.value, coupon->issue_no)));
      }
      if (operation->told == Told::sold_out && coupon != nullptr &&
          is_of_same_or_earlier_round(event, *coupon, *operation)) {
        told_stays_.find(fmt::format("op {}: user {} was told sold out and holds coupon {}",
                                     operation->op, operation->user.view(), coupon->id.value));
      }
    }
  }

  // S5, first half: told before the other asked → the lower number.
  void check_order_of_numbers(const EventSeen& event) {
    struct Point {
      std::int64_t at_us;
      bool is_ask;  // asks come first at the same moment: then nobody was before the other
      const Coupon* coupon;
    };
    std::vector<Point> points;
    for (const Coupon& coupon : event.record->coupons) {
      const auto found = event.users.find(coupon.user);
      if (found == event.users.end()) continue;
      ++in_order_.rows;
      points.push_back({found->second.first_invoke_us, true, &coupon});
      if (found->second.told_us) points.push_back({*found->second.told_us, false, &coupon});
    }
    std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
      return std::pair(a.at_us, !a.is_ask) < std::pair(b.at_us, !b.is_ask);
    });
    const Coupon* highest = nullptr;  // of those told so far
    for (const Point& point : points) {
      if (point.is_ask && highest != nullptr && highest->issue_no > point.coupon->issue_no) {
        in_order_.find(fmt::format(
            "event {}: user {} asked after user {} had been told number {}, and got number {}",
            point.coupon->event.value, point.coupon->user.view(), highest->user.view(),
            highest->issue_no, point.coupon->issue_no));
      }
      if (!point.is_ask && (highest == nullptr || point.coupon->issue_no > highest->issue_no)) {
        highest = point.coupon;
      }
    }
  }

  // S5, second half, and S6: after a sold out was told nobody who asked later gets a coupon of
  // that round, and no coupon of it is given any more.
  void check_sold_out(const EventSeen& event) {
    // The earliest that was told in each round decides; a round is told apart by the coupons.
    std::vector<const Operation*> told;
    for (const Operation* operation : event.operations) {
      if (operation->told == Told::sold_out) told.push_back(operation);
    }
    sold_out_.rows += std::ssize(told);
    std::sort(told.begin(), told.end(), [](const Operation* a, const Operation* b) {
      return *a->complete_us < *b->complete_us;
    });
    for (const auto& [epoch, began_us] : event.began_us) {
      const bool is_first = epoch == event.began_us.begin()->first;
      const auto first = std::find_if(told.begin(), told.end(), [&](const Operation* operation) {
        return is_first || operation->invoke_us >= began_us;
      });
      if (first != told.end()) check_after_sold_out(event, **first, epoch);
    }
  }

  void check_after_sold_out(const EventSeen& event, const Operation& told, coupons::Epoch epoch) {
    for (const Coupon& coupon : event.record->coupons) {
      if (coupon.epoch != epoch) continue;
      if (to_us(coupon.issued_at) > *told.complete_us) {
        sold_out_.find(fmt::format("event {}: op {} was told sold out before number {} was issued",
                                   coupon.event.value, told.op, coupon.issue_no));
      }
      const auto user = event.users.find(coupon.user);
      if (user != event.users.end() && user->second.first_invoke_us > *told.complete_us) {
        in_order_.find(fmt::format(
            "event {}: user {} was told sold out (op {}) before user {} asked and got number {}",
            coupon.event.value, told.user.view(), told.op, coupon.user.view(), coupon.issue_no));
      }
    }
  }

  // S6 at rest: sold out was told, and no later round began, so the whole quantity is given.
  void check_at_rest(const EventSeen& event) {
    const CouponEvent& row = event.record->event;
    const auto is_sold_out = [](const Operation* o) { return o->told == Told::sold_out; };
    const auto told = std::find_if(event.operations.begin(), event.operations.end(), is_sold_out);
    const bool has_one_round =
        event.began_us.size() <= 1 && !row.raise &&
        (event.began_us.empty() || event.began_us.begin()->first == row.epoch);
    if (told != event.operations.end() && has_one_round && row.issued != row.quantity) {
      sold_out_.find(fmt::format("event {}: op {} was told sold out, but {} of {} are issued",
                                 row.id.value, (*told)->op, row.issued, row.quantity));
    }
  }

  // L1.
  void check_answered(const EventSeen& event, std::chrono::microseconds answer_time_max) {
    for (const Operation* operation : event.operations) {
      if (operation->told == Told::error) continue;  // broken off, not kept waiting
      ++answered_.rows;
      const std::int64_t waited_us =
          operation->complete_us ? *operation->complete_us - operation->invoke_us : 0;
      if (operation->told == Told::timeout) {
        answered_.find(fmt::format("op {}: user {} was never answered", operation->op,
                                   operation->user.view()));
      } else if (operation->told == Told::queued) {
        answered_.find(fmt::format("op {}: user {} was undecided after {} ms", operation->op,
                                   operation->user.view(), waited_us / 1000));
      } else if (waited_us > answer_time_max.count()) {
        answered_.find(fmt::format("op {}: user {} was answered after {} ms", operation->op,
                                   operation->user.view(), waited_us / 1000));
      }
    }
  }

  std::map<CouponEventId, EventSeen> events_;
  Check asked_{.promise = "S3", .states = "a coupon is issued only to a user who asked for it"};
  Check told_stays_{.promise = "S4",
                    .states = "a told verdict never changes and is in the database"};
  Check in_order_{.promise = "S5",
                  .states = "who was told before another asked has the lower number"};
  Check sold_out_{.promise = "S6",
                  .states = "sold out is told only when the whole quantity is committed"};
  Check answered_{.promise = "L1", .states = "every request is decided within its time"};
};

}  // namespace

std::vector<Check> check_history(std::span<const Operation> operations,
                                 std::span<const EventRecord> events,
                                 std::chrono::microseconds answer_time_max) {
  return HistoryChecks(operations, events).run(answer_time_max);
}

Result<std::vector<EventRecord>> read_events(Transaction& transaction, Records& records,
                                             std::span<const Operation> operations) {
  std::unordered_set<CouponEventId> named;
  for (const Operation& operation : operations) named.insert(operation.event);

  Result<std::vector<CouponEvent>> events = records.events(transaction);
  if (events.has_error()) return events.error();
  std::vector<EventRecord> found;
  std::unordered_map<CouponEventId, std::size_t> index;
  for (CouponEvent& event : *events) {
    if (!named.contains(event.id)) continue;
    index.emplace(event.id, found.size());
    found.push_back({.event = std::move(event), .coupons = {}});
  }
  Result<void> done = records.coupons(transaction, [&](const Coupon& coupon) {
    if (const auto at = index.find(coupon.event); at != index.end()) {
      found[at->second].coupons.push_back(coupon);
    }
  });
  if (done.has_error()) return done.error();
  return found;
}

}  // namespace rushline::verify
