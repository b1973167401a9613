// The texts of the coupons' answers.
#include "http/coupon_json.hpp"

#include "core/assert.hpp"
#include "http/json_output.hpp"
#include "http/problem.hpp"

namespace rushline::http {

using coupons::Outcome;

void append_event(std::string& out, const coupons::EventView& view, std::int64_t waiting) {
  const coupons::CouponEvent& event = view.event;
  JsonWriter(out)
      .begin('{')
      .field("coupon_event_id", event.id)
      .field("name", event.name)
      .field("state", to_word(view.state))
      .field("quantity", view.quantity)
      .field("issued", event.issued)
      .field("remaining", view.quantity - event.issued)
      .field("waiting", waiting)
      .field("discount", event.discount)
      .field("opens_at", event.opens_at)
      .field("closes_at", event.closes_at)
      .field("sold_out_at", event.sold_out_at)
      .field("ack", to_word(event.ack))
      .end('}');
}

void append_coupon(std::string& out, const coupons::Coupon& coupon, Timestamp now) {
  JsonWriter(out)
      .begin('{')
      .field("coupon_id", coupon.id)
      .field("coupon_event_id", coupon.event)
      .field("user_id", coupon.user)
      .field("issue_no", coupon.issue_no)
      .field("state", to_word(state_at(coupon, now)))
      .field("discount", coupon.discount)
      .field("issued_at", coupon.issued_at)
      .field("expires_at", coupon.expires_at)
      .field("order_id", coupon.order_id)
      .end('}');
}

void append_issued(std::string& out, const coupons::Holder& holder) {
  JsonWriter(out)
      .begin('{')
      .field("state", "issued")
      .field("coupon_id", holder.coupon)
      .field("issue_no", holder.issue_no)
      .field("issued_at", holder.issued_at)
      .field("expires_at", holder.expires_at)
      .end('}');
}

void append_request_location(std::string& out, CouponEventId event, const UserId& user) {
  out += "/v1/coupon-events/";
  out += std::to_string(event.value);
  out += "/requests/";
  out += user.view();
}

void append_queued(std::string& out, std::optional<std::int64_t> position) {
  JsonWriter(out).begin('{').field("state", "queued").field("position", position).end('}');
}

Reply queued_reply(CouponEventId event, const UserId& user, std::optional<std::int64_t> position,
                   std::uint32_t retry_after_s) {
  Reply reply;
  reply.status = 202;
  reply.retry_after_s = retry_after_s;
  append_request_location(reply.location, event, user);
  append_queued(reply.body, position);
  return reply;
}

std::optional<ReplyView> verdict_view(const coupons::Settled& settled, CouponEventId event,
                                      const UserId& user, std::string& body,
                                      std::string& location) {
  if (settled.outcome == Outcome::sold_out) return ReplyView{.body = sold_out_state};
  if (settled.outcome == Outcome::queued) {
    body.clear();
    location.clear();
    append_queued(body, settled.position);
    append_request_location(location, event, user);
    return ReplyView{.status = 202, .body = body, .location = location, .retry_after_s = 1};
  }
  if (settled.outcome != Outcome::issued && settled.outcome != Outcome::already_issued) {
    return std::nullopt;
  }
  const bool repeat = settled.outcome == Outcome::already_issued;
  body.clear();
  JsonWriter(body)
      .begin('{')
      .field("state", "issued")
      .field("coupon_id", settled.coupon)
      .field("issue_no", settled.issue_no)
      .field("issued_at", settled.issued_at)
      .field("expires_at", settled.expires_at)
      .field("repeat", repeat)
      .end('}');
  ReplyView reply{.body = body};
  if (!repeat) {
    location.clear();
    append_request_location(location, event, user);
    reply.status = 201;
    reply.location = location;
  }
  return reply;
}

namespace {

Error refusal_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::closed:
      return fail(Errc::event_closed, "The coupon event is closed.");
    case Outcome::not_open:
      return fail(Errc::event_not_open, "The coupon event has not opened yet.");
    default:
      RUSHLINE_ASSERT(outcome == Outcome::paused);  // the others are verdicts
      return fail(Errc::event_paused, "The coupon event is paused.");
  }
}

}  // namespace

Reply refusal_reply(const coupons::Answer& answer, RequestId request) {
  if (!answer.error && answer.settled.outcome == Outcome::line_full) {
    return problem(Refusal::line_full, "The line is full; no place was given.", request);
  }
  if (!answer.error) return problem(refusal_of(answer.settled.outcome), request);
  switch (*answer.error) {
    case Errc::not_found:
      return problem(fail(Errc::not_found, "There is no such coupon event."), request);
    case Errc::overloaded:
      return problem(Refusal::line_full, "Too many requests are waiting; no place was given.",
                     request, answer.retry_after);
    default:
      return problem(fail(*answer.error, "The request could not be decided; ask again."), request);
  }
}

Reply answer_reply(const coupons::Answer& answer, CouponEventId event, const UserId& user,
                   RequestId request) {
  Reply reply;
  if (answer.error) return refusal_reply(answer, request);
  const auto view = verdict_view(answer.settled, event, user, reply.body, reply.location);
  if (!view) return refusal_reply(answer, request);
  reply.status = view->status;
  reply.retry_after_s = view->retry_after_s;
  if (reply.body.empty()) reply.body = view->body;
  return reply;
}

}  // namespace rushline::http
