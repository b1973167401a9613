// Coupon events, coupons and verdicts as JSON: written in one place, because several routes show
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace rushline::http {

// `waiting`: how many requests of the event wait to be settled.
void append_event(std::string& out, const coupons::EventView& event, std::int64_t waiting);

void append_coupon(std::string& out, const coupons::Coupon& coupon, Timestamp now);

// The state of a request: of a holder, undecided, or none.
void append_issued(std::string& out, const coupons::Holder& holder);
// `position`: in line, from 1; nothing in direct mode.
void append_queued(std::string& out, std::optional<std::int64_t> position);
inline constexpr std::string_view sold_out_state = R"({"state":"sold_out"})";
inline constexpr std::string_view no_state = R"({"state":"none"})";

// Where a user's request is found: /v1/coupon-events/7/requests/u-1. Appended.
void append_request_location(std::string& out, CouponEventId event, const UserId& user);

// 202 for a request that is not decided yet.
Reply queued_reply(CouponEventId event, const UserId& user, std::optional<std::int64_t> position,
                   std::uint32_t retry_after_s);

// The answer to a request for a coupon, as views into `body` and `location`, which are overwritten;
// nothing when it is a problem (refusal_reply).
std::optional<ReplyView> verdict_view(const coupons::Settled& settled, CouponEventId event,
                                      const UserId& user, std::string& body, std::string& location);

// The same for an answer that is no verdict: 404, 409 or 503.
Reply refusal_reply(const coupons::Answer& answer, RequestId request);

// Either of the two, as a reply of its own.
Reply answer_reply(const coupons::Answer& answer, CouponEventId event, const UserId& user,
                   RequestId request);

}  // namespace rushline::http
