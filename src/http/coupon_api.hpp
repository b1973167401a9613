// Issued coupons over HTTP: those of a user, and the feed of an event.
#pragma once

#include "coupons/event_service.hpp"
#include "http/answers.hpp"
#include "http/long_polls.hpp"

namespace rushline::http {

// Each member handles one route; called on the loops' threads.
class CouponApi {
 public:
  CouponApi(Database& database, coupons::EventService& events, LongPolls& polls)
      : database_(database), events_(events), polls_(polls) {}

  void of_user(const Request& request, Responder responder);
  // In the order of their numbers; `next` is the number to go on after, also when there is no
  // coupon yet.
  void feed(const Request& request, Responder responder);

 private:
  Database& database_;             // constant
  coupons::EventService& events_;  // constant
  LongPolls& polls_;               // constant
};

}  // namespace rushline::http
