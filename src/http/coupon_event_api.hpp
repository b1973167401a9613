// Coupon events over HTTP: creating, watching and steering them.
#pragma once

#include <functional>
#include <string_view>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "http/keyed_writes.hpp"

namespace rushline::http {

// Each member handles one route; called on the loops' threads.
class CouponEventApi {
 public:
  CouponEventApi(Database& database, coupons::EventService& events, coupons::Admission& admission,
                 KeyedWrites& writes)
      : database_(database), events_(events), admission_(admission), writes_(writes) {}

  void create(const Request& request, Responder responder);
  void list(const Request& request, Responder responder);
  void get(const Request& request, Responder responder);
  void patch(const Request& request, Responder responder);
  void pause(const Request& request, Responder responder);
  void resume(const Request& request, Responder responder);
  void close(const Request& request, Responder responder);

 private:
  using Step = Result<coupons::EventView> (coupons::EventService::*)(Transaction&, CouponEventId,
                                                                     std::string);
  void step(const Request& request, Responder responder, Step taken);
  Reply event_reply(const coupons::EventView& event) const;
  KeyedWrites::SettleDown line_knows(CouponEventId event);

  Database& database_;             // constant
  coupons::EventService& events_;  // constant
  coupons::Admission& admission_;  // constant
  KeyedWrites& writes_;            // constant
};

}  // namespace rushline::http
