// When a state is read again, and how it is told apart from the one before.
#include "http/event_watch.hpp"

#include <fmt/format.h>

#include "core/limits.hpp"
#include "http/event_stream.hpp"

namespace rushline::http {
namespace {

// FNV-1a: stable over versions and machines.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::shared_ptr<const WatchedState> watched_state(std::string_view json, Monotonic read_at) {
  auto state = std::make_shared<WatchedState>();
  state->read_at = read_at;
  state->id = fmt::format("{:016x}", hash_of(json));
  state->text = event_text("state", state->id, json);
  return state;
}

void EventWatch::refresh(Monotonic now) {
  const std::uint64_t version = version_(event_);
  {
    const std::lock_guard lock(mutex_);
    if (reading_) return;
    if (read_at_) {
      const auto age = now - *read_at_;
      if (age < limits::stream_interval) return;
      if (age < limits::state_age_max && version == read_version_) return;
    }
    reading_ = true;
    read_at_ = now;
    read_version_ = version;
  }
  database_.read(
      [self = shared_from_this()](Transaction& transaction) {
        return self->read_(transaction, self->event_);
      },
      [self = shared_from_this(), now](const Result<std::string>& json) { self->note(json, now); });
}

void EventWatch::note(const Result<std::string>& json, Monotonic read_at) {
  auto read = json.has_value() ? watched_state(*json, read_at) : nullptr;
  const std::lock_guard lock(mutex_);
  reading_ = false;
  if (read != nullptr) state_ = std::move(read);
}

std::shared_ptr<const WatchedState> EventWatch::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<EventWatch> EventWatches::of(CouponEventId event) {
  const std::lock_guard lock(mutex_);
  if (const auto found = watches_.find(event); found != watches_.end()) {
    if (auto watch = found->second.lock()) return watch;
  }
  std::erase_if(watches_, [](const auto& entry) { return entry.second.expired(); });
  auto watch = std::make_shared<EventWatch>(database_, event, read_, version_);
  watches_[event] = watch;
  return watch;
}

}  // namespace rushline::http
