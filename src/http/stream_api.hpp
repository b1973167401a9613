// The stream of an event's states over HTTP (Server-Sent Events).
#pragma once

#include <memory>
#include <vector>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "http/answers.hpp"
#include "http/event_watch.hpp"
#include "http/loop.hpp"

namespace rushline::http {

class StreamApi {
 public:
  // Must be made before the server listens, and outlive the loops.
  StreamApi(std::vector<Loop*> loops, Database& database, coupons::EventService& events,
            const coupons::Admission& admission);
  ~StreamApi();

  // 404 for an unknown event; else the state, then each change of it, at most one every
  // limits::stream_interval, until the client goes. A client that comes back with Last-Event-ID is
  // not told the state that it knows. 503 beyond limits::streams_max.
  void watch(const Request& request, Responder responder);

 private:
  struct Watcher;
  struct Desk;

  void begin(Desk& desk, Responder responder, std::shared_ptr<EventWatch> watch,
             std::string_view known_id, const WatchedState& first);
  static void sweep(Desk& desk, Monotonic now);

  Database& database_;  // constant
  EventWatch::Read read_;
  EventWatches watches_;
  std::vector<std::unique_ptr<Desk>> desks_;  // constant; each is loop-only
};

}  // namespace rushline::http
