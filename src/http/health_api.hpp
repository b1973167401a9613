// Whether the server lives, has started, and takes requests: for whoever starts and watches it.
#pragma once

#include "core/database.hpp"
#include "http/answers.hpp"
#include "http/lifecycle.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::http {

// Each member handles one route; called on the loops' threads.
class HealthApi final : private LateAnswer {
 public:
  HealthApi(const Lifecycle& lifecycle, Database& database, ranking::SalesStore& sales)
      : lifecycle_(lifecycle), database_(database), sales_(sales) {}

  // Touches nothing.
  void live(const Request& request, Responder responder);
  // 503 while starting and draining; a database that does not answer is degraded, said in the body.
  void ready(const Request& request, Responder responder);
  // 503 until everything is in place.
  void started(const Request& request, Responder responder);

 private:
  Reply late(const Request& request) override;

  const Lifecycle& lifecycle_;  // constant
  Database& database_;          // constant
  ranking::SalesStore& sales_;  // constant
};

}  // namespace rushline::http
