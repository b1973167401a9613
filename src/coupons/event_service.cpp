// The calls of clients on events and coupons: lock, apply a rule, write.
#include "coupons/event_service.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::coupons {
namespace {

EventView view_of(CouponEvent event, Timestamp now) {
  EventView view;
  view.event = with_effective_raise(std::move(event), now);
  view.state = state_at(view.event, now);
  view.quantity = view.event.raise ? view.event.raise->quantity : view.event.quantity;
  return view;
}

Error no_event(CouponEventId id) {
  return fail(Errc::not_found, fmt::format("There is no coupon event {}.", id.value));
}

void check(std::vector<FieldError>& errors, bool is_right, const char* field, std::string message) {
  if (!is_right) errors.push_back({field, std::move(message)});
}

void check_discount(std::vector<FieldError>& errors, const Discount& discount) {
  if (discount.kind == Discount::Kind::rate) {
    check(errors, discount.value >= 1 && discount.value <= 100, "discount.value",
          "must be 1 to 100 percent");
  } else {
    check(errors, discount.value >= 1 && discount.value <= json_integer_max, "discount.value",
          fmt::format("must be 1 to {}", json_integer_max));
  }
}

void check_times(std::vector<FieldError>& errors, const NewEvent& event, Timestamp now) {
  if (!event.closes_at) return;
  if (event.opens_at && *event.closes_at <= *event.opens_at) {
    check(errors, false, "closes_at", "must be after opens_at");
  } else {
    check(errors, *event.closes_at > now, "closes_at", "is in the past");
  }
}

Result<void> check_new(const NewEvent& event, Timestamp now) {
  std::vector<FieldError> errors;
  check(errors, !event.name.empty() && event.name.size() <= limits::name_bytes_max, "name",
        fmt::format("must have 1 to {} bytes", limits::name_bytes_max));
  check(errors, event.quantity >= 1 && event.quantity <= limits::event_quantity_max, "quantity",
        fmt::format("must be 1 to {}", limits::event_quantity_max));
  check_discount(errors, event.discount);
  check(errors,
        !event.coupon_valid_days || (*event.coupon_valid_days >= 1 &&
                                     *event.coupon_valid_days <= limits::coupon_valid_days_max),
        "coupon_valid_days", fmt::format("must be 1 to {}", limits::coupon_valid_days_max));
  check_times(errors, event, now);
  if (errors.empty()) return {};
  Error error = invalid_field(errors.front().field, errors.front().message);
  error.fields = std::move(errors);
  return error;
}

CouponEvent row_of(const NewEvent& event, Timestamp now) {
  CouponEvent row;
  row.name = event.name;
  row.quantity = event.quantity;
  row.discount = event.discount;
  row.ack = event.ack;
  row.coupon_valid_days = event.coupon_valid_days;
  row.opens_at = event.opens_at;
  row.closes_at = event.closes_at;
  row.created_at = now;
  return row;
}

// Locks the event, applies `rule` (CouponEvent → Result<CouponEvent>), writes what comes out.
template <class Rule>
Result<EventView> change(CouponStore& store, const std::function<void(CouponEventId)>& changed,
                         Transaction& transaction, CouponEventId id, Rule rule) {
  auto locked = store.lock_event(transaction, id);
  if (locked.has_error()) return std::move(locked).error();
  if (!*locked) return no_event(id);
  Result<CouponEvent> next = rule(std::move(**locked));
  if (next.has_error()) return std::move(next).error();
  const auto updated = store.update_event(transaction, *next);
  if (updated.has_error()) return updated.error();
  transaction.after_commit([changed, id] { changed(id); });
  return view_of(std::move(*next), transaction.now());
}

Error not_usable(CouponId id, const char* why) {
  return fail(Errc::coupon_not_usable, fmt::format("Coupon {} {}.", id.value, why));
}

}  // namespace

Result<EventView> EventService::create(Transaction& transaction, const NewEvent& event) {
  const Timestamp now = transaction.now();
  const auto checked = check_new(event, now);
  if (checked.has_error()) return checked.error();
  CouponEvent row = row_of(event, now);
  const auto id = store_.insert_event(transaction, row);
  if (id.has_error()) return id.error();
  row.id = *id;
  transaction.after_commit([changed = changed_, id = *id] { changed(id); });
  return view_of(std::move(row), now);
}

Result<EventView> EventService::get(Transaction& transaction, CouponEventId id) {
  auto found = store_.find_event(transaction, id);
  if (found.has_error()) return std::move(found).error();
  if (!*found) return no_event(id);
  return view_of(std::move(**found), transaction.now());
}

Result<Page<EventView, CouponEventId>> EventService::list(Transaction& transaction,
                                                          std::optional<CouponEventId> before,
                                                          std::int64_t limit) {
  auto found = store_.list_events(transaction, before, limit);
  if (found.has_error()) return std::move(found).error();
  Page<EventView, CouponEventId> page;
  page.next = found->next;
  page.items.reserve(found->items.size());
  for (CouponEvent& event : found->items) {
    page.items.push_back(view_of(std::move(event), transaction.now()));
  }
  return page;
}

Result<EventView> EventService::pause(Transaction& transaction, CouponEventId id,
                                      std::string reason) {
  return change(store_, changed_, transaction, id, [&](CouponEvent event) {
    return coupons::pause(std::move(event), std::move(reason), transaction.now());
  });
}

Result<EventView> EventService::resume(Transaction& transaction, CouponEventId id,
                                       std::string reason) {
  return change(store_, changed_, transaction, id, [&](CouponEvent event) {
    return coupons::resume(std::move(event), std::move(reason), transaction.now());
  });
}

Result<EventView> EventService::close(Transaction& transaction, CouponEventId id,
                                      std::string reason) {
  return change(store_, changed_, transaction, id, [&](CouponEvent event) {
    return coupons::close(std::move(event), std::move(reason), transaction.now());
  });
}

Result<EventView> EventService::patch(Transaction& transaction, CouponEventId id,
                                      const EventPatch& patch) {
  return change(store_, changed_, transaction, id, [&](CouponEvent event) -> Result<CouponEvent> {
    // Read once the event is locked: a raise counts from here on, not from when it began to wait.
    const Timestamp now = transaction.now();
    if (patch.closes_at) {
      auto moved = move_closing(std::move(event), *patch.closes_at, now);
      if (moved.has_error() || !patch.quantity) return moved;
      event = std::move(*moved);
    }
    if (!patch.quantity) return event;
    return raise_quantity(std::move(event), *patch.quantity, now);
  });
}

Result<RequestView> EventService::request_of(Transaction& transaction, CouponEventId id,
                                             const UserId& user) {
  auto event = store_.find_event(transaction, id);
  if (event.has_error()) return event.error();
  if (!*event) return no_event(id);
  auto held = store_.holders(transaction, id, {&user, 1});
  if (held.has_error()) return std::move(held).error();

  RequestView view;
  if (!held->empty()) {
    view.state = RequestView::State::issued;
    view.holder = held->front();
  } else if ((*event)->issued >= effective_quantity(**event, transaction.now())) {
    view.state = RequestView::State::sold_out;
  }
  view.event = std::move(**event);
  return view;
}

Result<std::vector<Coupon>> EventService::coupons_after(Transaction& transaction, CouponEventId id,
                                                        std::int64_t after, std::int64_t limit) {
  const auto event = store_.find_event(transaction, id);
  if (event.has_error()) return event.error();
  if (!*event) return no_event(id);
  return store_.coupons_after(transaction, id, after, limit);
}

Result<Page<Coupon, CouponId>> EventService::coupons_of_user(Transaction& transaction,
                                                             const UserId& user,
                                                             std::optional<CouponId> before,
                                                             std::int64_t limit) {
  return store_.coupons_of_user(transaction, user, before, limit);
}

Result<Discount> EventService::check_usable(Transaction& transaction, CouponId coupon,
                                            const UserId& user) {
  const auto found = store_.lock_coupon(transaction, coupon);
  if (found.has_error()) return found.error();
  // Somebody else's coupon is not told apart from one that does not exist.
  if (!*found || (*found)->user != user) return not_usable(coupon, "is not one of this user");
  switch (state_at(**found, transaction.now())) {
    case CouponState::used:
      return not_usable(coupon, "is used already");
    case CouponState::expired:
      return not_usable(coupon, "has expired");
    case CouponState::usable:
      break;
  }
  return (*found)->discount;
}

Result<void> EventService::use(Transaction& transaction, CouponId coupon, OrderId order) {
  return store_.set_order(transaction, coupon, order);
}

Result<void> EventService::give_back(Transaction& transaction, CouponId coupon, OrderId order) {
  const auto found = store_.lock_coupon(transaction, coupon);
  if (found.has_error()) return found.error();
  if (!*found || (*found)->order_id != order) return {};
  return store_.set_order(transaction, coupon, std::nullopt);
}

}  // namespace rushline::coupons
