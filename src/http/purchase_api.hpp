// Purchases of the shop's own order system over HTTP: /v1/purchases.
#pragma once

#include "http/keyed_writes.hpp"
#include "ranking/purchase_intake.hpp"

namespace rushline::http {

// Each member handles one route; called on the loops' threads.
class PurchaseApi {
 public:
  PurchaseApi(ranking::PurchaseIntake& intake, KeyedWrites& writes)
      : intake_(intake), writes_(writes) {}

  void take(const Request& request, Responder responder);
  void take_back(const Request& request, Responder responder);

 private:
  ranking::PurchaseIntake& intake_;  // constant
  KeyedWrites& writes_;              // constant
};

}  // namespace rushline::http
