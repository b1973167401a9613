// Orders over HTTP: /v1/orders.
#pragma once

#include "http/keyed_writes.hpp"
#include "orders/order_service.hpp"

namespace rushline::http {

// Each member handles one route; called on the loops' threads.
class OrderApi {
 public:
  OrderApi(Database& database, orders::OrderService& orders, KeyedWrites& writes)
      : database_(database), orders_(orders), writes_(writes) {}

  void place(const Request& request, Responder responder);
  void get(const Request& request, Responder responder);
  void complete(const Request& request, Responder responder);
  void cancel(const Request& request, Responder responder);

 private:
  using Step = Result<orders::Order> (orders::OrderService::*)(Transaction&, OrderId);
  void step(const Request& request, Responder responder, Step taken);

  Database& database_;            // constant
  orders::OrderService& orders_;  // constant
  KeyedWrites& writes_;           // constant
};

}  // namespace rushline::http
