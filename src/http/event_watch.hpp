// What the streams of a coupon event show: its state, read once for all of them.
//
// A state is read again when this server did something with the event, at most every
// limits::stream_interval, and at least every limits::state_age_max while somebody watches, because
// time alone opens and closes events. An event that nobody watches costs nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/database.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace rushline::http {

// One state, ready to be sent. Immutable.
struct WatchedState {
  Monotonic read_at{};  // when its reading began: tells the newer of two
  std::string id;       // the same state has the same id, on every server and after a restart
  std::string text;     // the whole Server-Sent Event
};

// Safe to call from any thread.
class EventWatch : public std::enable_shared_from_this<EventWatch> {
 public:
  // The event as JSON; Errc::not_found.
  using Read = std::function<Result<std::string>(Transaction&, CouponEventId)>;
  using Version = std::function<std::uint64_t(CouponEventId)>;  // Admission::version

  EventWatch(Database& database, CouponEventId event, const Read& read, const Version& version)
      : database_(database), event_(event), read_(read), version_(version) {}

  // Reads again in the background when it is time to. Never blocks.
  void refresh(Monotonic now);
  // The last state read; null before the first. A failing database leaves the old one.
  std::shared_ptr<const WatchedState> state() const;

 private:
  void note(const Result<std::string>& json, Monotonic read_at);

  Database& database_;  // constant
  const CouponEventId event_;
  const Read& read_;        // constant, outlives this
  const Version& version_;  // constant, outlives this
  mutable std::mutex mutex_;
  std::shared_ptr<const WatchedState> state_;  // guarded by mutex_; shared with those who send it
  bool reading_ = false;                       // guarded by mutex_
  std::optional<Monotonic> read_at_;           // guarded by mutex_
  std::uint64_t read_version_ = 0;             // guarded by mutex_
};

// The state of a JSON text: its id is a hash of the text.
std::shared_ptr<const WatchedState> watched_state(std::string_view json, Monotonic read_at);

// The watches of all events that somebody watches. Safe to call from any thread.
class EventWatches {
 public:
  EventWatches(Database& database, EventWatch::Read read, EventWatch::Version version)
      : database_(database), read_(std::move(read)), version_(std::move(version)) {}

  // Shared by all who watch the event, and gone with the last of them. Must not outlive this.
  std::shared_ptr<EventWatch> of(CouponEventId event);

 private:
  Database& database_;                 // constant
  const EventWatch::Read read_;        // constant
  const EventWatch::Version version_;  // constant
  std::mutex mutex_;
  std::unordered_map<CouponEventId, std::weak_ptr<EventWatch>> watches_;  // guarded by mutex_
};

}  // namespace rushline::http
