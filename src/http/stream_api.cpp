// One desk per loop holds the streams of that loop and sends on every sweep what has changed.
#include "http/stream_api.hpp"

#include <algorithm>

#include "http/coupon_json.hpp"
#include "http/event_stream.hpp"
#include "http/problem.hpp"
#include "http/query_input.hpp"

namespace rushline::http {

struct StreamApi::Watcher {
  Stream stream;
  std::shared_ptr<EventWatch> watch;  // shared with the other watchers of the event
  std::string known_id;               // of the last state sent
  Monotonic known_read_at{};          // of the same
  Monotonic sent_at{};

  void tell(const WatchedState& state, Monotonic now) {
    stream.send(state.text);
    known_id = state.id;
    known_read_at = state.read_at;
    sent_at = now;
  }
  void beat(Monotonic now) {
    stream.send(event_heartbeat);
    sent_at = now;
  }
};

struct StreamApi::Desk {
  explicit Desk(Loop& of) : loop(of) {}

  Loop& loop;                     // constant
  std::vector<Watcher> watchers;  // loop-only
};

StreamApi::StreamApi(std::vector<Loop*> loops, Database& database, coupons::EventService& events,
                     const coupons::Admission& admission)
    : database_(database),
      read_(
          [&events, &admission](Transaction& transaction, CouponEventId id) -> Result<std::string> {
            const auto view = events.get(transaction, id);
            if (view.has_error()) return view.error();
            std::string json;
            append_event(json, *view, admission.waiting(id));
            return json;
          }),
      watches_(database, read_, [&admission](CouponEventId id) { return admission.version(id); }) {
  for (Loop* loop : loops) {
    Desk& desk = *desks_.emplace_back(std::make_unique<Desk>(*loop));
    loop->on_sweep([&desk](Monotonic now) { sweep(desk, now); });
  }
}

StreamApi::~StreamApi() = default;

void StreamApi::watch(const Request& request, Responder responder) {
  const auto id = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "coupon event");
  if (const auto error = refusal_of_any(request.query)) return refuse(request, responder, *error);
  Desk& desk = *desks_[responder.loop().index()];
  if (desk.watchers.size() >= limits::streams_max / desks_.size()) {
    return refuse(request, responder, fail(Errc::overloaded, "Too many streams are open."));
  }
  auto place = places_.take(request.caller->user);
  if (!place) {
    return responder.send(problem(Refusal::too_many_streams,
                                  "This user has as many streams open as a user may.", request.id));
  }
  responder.answer_by(request.arrived + limits::answer_time_max, database_too_slow());
  // The first read tells whether there is such an event; the watch reads what comes after.
  database_.read(
      [this, id = *id](Transaction& transaction) { return read_(transaction, id); },
      [this, &desk, responder, id = *id, request_id = request.id, read_at = request.arrived,
       place = *std::move(place), known = std::string(request.header(Header::last_event_id))](
          const Result<std::string>& json) mutable {
        if (json.has_error()) {
          place.give_back();
          return responder.send(problem(json.error(), request_id));
        }
        desk.loop.post([this, &desk, responder, id, known, place = std::move(place),
                        first = watched_state(*json, read_at)]() mutable {
          begin(desk, responder, std::move(place), watches_.of(id), known, *first);
        });
      });
}

void StreamApi::begin(Desk& desk, Responder responder, UserPlaces::Place place,
                      std::shared_ptr<EventWatch> watch, std::string_view known_id,
                      const WatchedState& first) {
  if (!responder.is_waiting()) return;
  // The place is the stream's, from whose end on another may have it.
  auto ended = [place = std::move(place)]() mutable { place.give_back(); };
  Watcher watcher{.stream = responder.start_stream(content_type::event_stream, std::move(ended)),
                  .watch = std::move(watch),
                  .known_id = first.id,
                  .known_read_at = first.read_at};
  if (known_id == first.id) {
    watcher.beat(desk.loop.now());
  } else {
    watcher.tell(first, desk.loop.now());
  }
  if (watcher.stream.is_open()) desk.watchers.push_back(std::move(watcher));
}

void StreamApi::sweep(Desk& desk, Monotonic now) {
  std::erase_if(desk.watchers, [](const Watcher& watcher) { return !watcher.stream.is_open(); });
  for (Watcher& watcher : desk.watchers) {
    watcher.watch->refresh(now);
    const auto silence = now - watcher.sent_at;
    if (silence < limits::stream_interval) continue;
    const auto state = watcher.watch->state();
    if (state != nullptr && state->id != watcher.known_id &&
        state->read_at > watcher.known_read_at) {
      watcher.tell(*state, now);
    } else if (silence >= limits::stream_heartbeat_interval) {
      watcher.beat(now);
    }
  }
}

}  // namespace rushline::http
