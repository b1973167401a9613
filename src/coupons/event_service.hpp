// Creating, watching and steering coupon events, and using coupons. Each call runs inside a unit of
// work.
//
// Stateless but for its ports; safe to share between threads.
#pragma once

#include <functional>

#include "coupons/coupon_store.hpp"

namespace rushline::coupons {

struct NewEvent {
  std::string name;
  std::int64_t quantity = 0;
  Discount discount;
  std::optional<Timestamp> opens_at;
  std::optional<Timestamp> closes_at;
  std::optional<std::int32_t> coupon_valid_days;
  Ack ack = Ack::verdict;
};

// What changes; nothing = stays.
struct EventPatch {
  std::optional<std::int64_t> quantity;
  std::optional<Timestamp> closes_at;
};

// An event at one moment of database time, for clients.
struct EventView {
  CouponEvent event;
  EventState state = EventState::open;
  // What clients are shown: a raised quantity counts from its commit on, also before its round
  // opens.
  std::int64_t quantity = 0;
};

// Where a user stands with an event, by the database.
struct RequestView {
  enum class State : std::uint8_t { issued, sold_out, none } state = State::none;
  std::optional<Holder> holder;  // when issued
  CouponEvent event;             // as it stood then
};

class EventService {
 public:
  // `changed` is called after the commit of every change by hand (Admission::event_changed).
  EventService(CouponStore& store, std::function<void(CouponEventId)> changed)
      : store_(store), changed_(std::move(changed)) {}

  // Errc::invalid_input when closes_at is not after opens_at.
  Result<EventView> create(Transaction& transaction, const NewEvent& event);
  // Errc::not_found here and below.
  Result<EventView> get(Transaction& transaction, CouponEventId id);
  Result<Page<EventView, CouponEventId>> list(Transaction& transaction,
                                              std::optional<CouponEventId> before,
                                              std::int64_t limit);
  // Errc::event_closed here and below.
  Result<EventView> pause(Transaction& transaction, CouponEventId id, std::string reason);
  Result<EventView> resume(Transaction& transaction, CouponEventId id, std::string reason);
  Result<EventView> close(Transaction& transaction, CouponEventId id, std::string reason);
  // Errc::quantity_not_raised, Errc::invalid_input.
  Result<EventView> patch(Transaction& transaction, CouponEventId id, const EventPatch& patch);

  Result<RequestView> request_of(Transaction& transaction, CouponEventId id, const UserId& user);
  Result<std::vector<Coupon>> coupons_after(Transaction& transaction, CouponEventId id,
                                            std::int64_t after, std::int64_t limit);
  Result<Page<Coupon, CouponId>> coupons_of_user(Transaction& transaction, const UserId& user,
                                                 std::optional<CouponId> before,
                                                 std::int64_t limit);

  // For orders (see orders::CouponRedemption, which says the same).
  Result<Discount> check_usable(Transaction& transaction, CouponId coupon, const UserId& user);
  Result<void> use(Transaction& transaction, CouponId coupon, OrderId order);
  Result<void> give_back(Transaction& transaction, CouponId coupon, OrderId order);

 private:
  CouponStore& store_;                          // constant
  std::function<void(CouponEventId)> changed_;  // constant
};

}  // namespace rushline::coupons
