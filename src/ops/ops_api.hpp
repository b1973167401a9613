// Metrics and status over HTTP.
#pragma once

#include "core/database.hpp"
#include "http/answers.hpp"
#include "ops/observation.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::ops {

// Each member handles one route; called on the loops' threads.
class OpsApi final : private http::LateAnswer {
 public:
  OpsApi(Database& database, ranking::SalesStore& sales, Observe observe)
      : database_(database), sales_(sales), observe_(std::move(observe)) {}

  // Touches no database.
  void metrics(const http::Request& request, http::Responder responder);
  // Asks the database, and tells if it does not answer within limits::health_time_max.
  void status(const http::Request& request, http::Responder responder);

 private:
  http::Reply late(const http::Request& request) override;

  Database& database_;          // constant
  ranking::SalesStore& sales_;  // constant
  Observe observe_;             // constant
};

}  // namespace rushline::ops
