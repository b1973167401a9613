// Reads what is asked of coupon events.
#include "http/coupon_event_api.hpp"

#include "http/coupon_json.hpp"
#include "http/json_input.hpp"
#include "http/json_output.hpp"
#include "http/query_input.hpp"

namespace rushline::http {
namespace {

using coupons::EventView;

Discount read_discount(JsonObject& event) {
  Discount discount;
  auto object = event.object("discount");
  if (!object) return discount;
  const auto kind = object->word("type", {"fixed", "rate"});
  discount.kind = kind == std::size_t{1} ? Discount::Kind::rate : Discount::Kind::fixed;
  const auto value_max = discount.kind == Discount::Kind::rate ? 100 : limits::price_max;
  discount.value = object->integer("value", 1, value_max);
  object->refuse_others();
  return discount;
}

coupons::NewEvent read_new_event(JsonInput& input, std::string_view body) {
  coupons::NewEvent event;
  auto object = input.parse(body);
  if (!object) return event;
  event.name = object->text("name", limits::name_bytes_max);
  event.quantity = object->integer("quantity", 1, limits::event_quantity_max);
  event.discount = read_discount(*object);
  event.opens_at = object->time_if_given("opens_at");
  event.closes_at = object->time_if_given("closes_at");
  if (const auto days =
          object->integer_if_given("coupon_valid_days", 1, limits::coupon_valid_days_max)) {
    event.coupon_valid_days = static_cast<std::int32_t>(*days);
  }
  const auto ack = object->word_if_given("ack", {"verdict", "queued"});
  event.ack = ack == std::size_t{1} ? coupons::Ack::queued : coupons::Ack::verdict;
  object->refuse_others();
  return event;
}

coupons::EventPatch read_patch(JsonInput& input, std::string_view body) {
  coupons::EventPatch patch;
  auto object = input.parse(body);
  if (!object) return patch;
  object->null_is_wrong();
  patch.quantity = object->integer_if_given("quantity", 1, limits::event_quantity_max);
  patch.closes_at = object->time_if_given("closes_at");
  object->refuse_others();
  return patch;
}

std::string read_reason(JsonInput& input, std::string_view body) {
  auto object = input.parse(body);
  if (!object) return {};
  std::string reason = object->text("reason", limits::reason_bytes_max);
  object->refuse_others();
  return reason;
}

}  // namespace

Reply CouponEventApi::event_reply(const EventView& event) const {
  Reply reply;
  append_event(reply.body, event, admission_.waiting(event.event.id));
  return reply;
}

// Who asks after a change was told is answered by what it says.
KeyedWrites::SettleDown CouponEventApi::line_knows(CouponEventId event) {
  return
      [this, event](Callback<void()> tell) { admission_.when_line_knows(event, std::move(tell)); };
}

void CouponEventApi::create(const Request& request, Responder responder) {
  JsonInput input;
  auto event = read_new_event(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, KeyRule::optional, input.canonical(),
      [this, event = std::move(event)](Transaction& transaction) {
        return events_.create(transaction, event);
      },
      [this](const EventView& made) {
        Reply reply = event_reply(made);
        reply.status = 201;
        reply.location = "/v1/coupon-events/" + std::to_string(made.event.id.value);
        return reply;
      });
}

void CouponEventApi::list(const Request& request, Responder responder) {
  QueryInput query(request.query);
  const auto before = query.number_cursor<CouponEventId>();
  const auto limit = query.page_limit();
  if (const auto error = query.error()) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, before, limit](Transaction& transaction) {
        return events_.list(transaction, before, limit);
      },
      [this](const Page<EventView, CouponEventId>& page) {
        Reply reply;
        JsonWriter json(reply.body);
        json.begin('{').key("items").begin('[');
        for (const EventView& event : page.items) {
          append_event(reply.body, event, admission_.waiting(event.event.id));
        }
        json.end(']').field("next", cursor_after(page.next)).end('}');
        return reply;
      });
}

void CouponEventApi::get(const Request& request, Responder responder) {
  const auto id = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "coupon event");
  if (const auto error = refusal_of_any(request.query)) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, id = *id](Transaction& transaction) { return events_.get(transaction, id); },
      [this](const EventView& event) { return event_reply(event); });
}

void CouponEventApi::patch(const Request& request, Responder responder) {
  const auto id = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "coupon event");
  JsonInput input;
  const auto patch = read_patch(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, KeyRule::optional, input.canonical(),
      [this, id = *id, patch](Transaction& transaction) {
        return events_.patch(transaction, id, patch);
      },
      [this](const EventView& event) { return event_reply(event); }, line_knows(*id));
}

void CouponEventApi::pause(const Request& request, Responder responder) {
  step(request, responder, &coupons::EventService::pause);
}

void CouponEventApi::resume(const Request& request, Responder responder) {
  step(request, responder, &coupons::EventService::resume);
}

void CouponEventApi::close(const Request& request, Responder responder) {
  step(request, responder, &coupons::EventService::close);
}

void CouponEventApi::step(const Request& request, Responder responder, Step taken) {
  const auto id = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "coupon event");
  JsonInput input;
  auto reason = read_reason(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, KeyRule::optional, input.canonical(),
      [this, id = *id, taken, reason = std::move(reason)](Transaction& transaction) {
        return (events_.*taken)(transaction, id, reason);
      },
      [this](const EventView& event) { return event_reply(event); }, line_knows(*id));
}

}  // namespace rushline::http
