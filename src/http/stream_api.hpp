// The stream of an event's states over HTTP (Server-Sent Events).
#pragma once

#include <memory>
#include <vector>

#include "core/limits.hpp"
#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "http/answers.hpp"
#include "http/event_watch.hpp"
#include "http/loop.hpp"
#include "http/user_places.hpp"

namespace rushline::http {

class StreamApi {
 public:
  // Must be made before the server listens, and outlive the loops.
  StreamApi(std::vector<Loop*> loops, Database& database, coupons::EventService& events,
            const coupons::Admission& admission);
  ~StreamApi();

  // 404 for an unknown event; else the state, then each change of it, at most one every
  // limits::stream_interval, until the client goes. A client that comes back with Last-Event-ID is
  // not told the state that it knows. 503 beyond limits::streams_max, 429 for a shopper beyond
  // limits::watches_per_user_max.
  void watch(const Request& request, Responder responder);

 private:
  struct Watcher;
  struct Desk;

  static void begin(Desk& desk, Responder responder, UserPlaces::Place place,
                    std::shared_ptr<EventWatch> watch, std::string_view known_id,
                    const WatchedState& first);
  static void sweep(Desk& desk, Monotonic now);

  Database& database_;  // constant
  EventWatch::Read read_;
  EventWatches watches_;
  UserPlaces places_{limits::watches_per_user_max};
  std::vector<std::unique_ptr<Desk>> desks_;  // constant; each is loop-only
};

}  // namespace rushline::http
