// The request of a coupon over HTTP: the route of the drop, and what became of a request.
//
// A request whose verdict is in memory is answered at once and without allocating; every other
// leaves a slot with its loop and is answered when its batch is committed, or with 202 when that
// takes longer than the shopper prefers to wait.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "http/keyed_writes.hpp"
#include "http/long_polls.hpp"
#include "http/rate_limits.hpp"

namespace rushline::http {

// The user of a body in the one shape that nearly every request has, {"user_id": "..."}. Nothing
// when it looks otherwise: then the strict reader decides. Does not allocate.
std::optional<UserId> read_user_quickly(std::string_view body);

// Each member handles one route; called on the loops' threads.
class CouponRequestApi final : private LateAnswer {
 public:
  // Must be made before the server listens, and outlive the loops.
  CouponRequestApi(std::vector<Loop*> loops, Database& database, coupons::EventService& events,
                   coupons::Admission& admission, KeyedWrites& writes, LongPolls& polls,
                   RateLimits& rates, std::chrono::milliseconds verdict_wait);
  ~CouponRequestApi() override;

  void request(const Request& request, Responder responder);
  void state(const Request& request, Responder responder);

 private:
  class Desk;
  class Silence;
  class KeyedDesk;

  Reply late(const Request& request) override;
  bool refuse_too_fast(const Request& request, Responder responder, const UserId& user);
  void request_and_wait(Responder responder, RequestId id, CouponEventId event, const UserId& user,
                        coupons::Until until);
  void request_and_leave(const Request& request, Responder responder, CouponEventId event,
                         const UserId& user);
  void request_once(const Request& request, Responder responder, CouponEventId event,
                    const UserId& user);

  Database& database_;                        // constant
  coupons::EventService& events_;             // constant
  coupons::Admission& admission_;             // constant
  KeyedWrites& writes_;                       // constant
  LongPolls& polls_;                          // constant
  RateLimits& rates_;                         // constant
  std::chrono::milliseconds verdict_wait_;    // constant; where no preference is given
  std::vector<std::unique_ptr<Desk>> desks_;  // constant; each is loop-only
  std::unique_ptr<Silence> silence_;          // constant
  std::unique_ptr<KeyedDesk> keyed_desk_;     // constant
};

}  // namespace rushline::http
