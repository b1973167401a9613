// Whether the server lives, has started, and takes requests: for whoever starts and watches it.
#pragma once

#include <functional>
#include <utility>

#include "http/answers.hpp"
#include "http/lifecycle.hpp"

namespace rushline::http {

// What is lost, and the server goes on without.
struct Degraded {
  bool database = false;
  bool redis = false;
};

// Each member handles one route; called on the loops' threads. None waits for anything: probes come
// often, from anybody, and must be answered in time while a dependency hangs.
class HealthApi {
 public:
  // `degraded` is called on any thread and must not block.
  HealthApi(const Lifecycle& lifecycle, std::function<Degraded()> degraded)
      : lifecycle_(lifecycle), degraded_(std::move(degraded)) {}

  void live(const Request& request, Responder responder);
  // 503 while starting and draining; what is degraded is said in the body.
  void ready(const Request& request, Responder responder);
  // 503 until everything is in place.
  void started(const Request& request, Responder responder);

 private:
  const Lifecycle& lifecycle_;                // constant
  const std::function<Degraded()> degraded_;  // constant
};

}  // namespace rushline::http
