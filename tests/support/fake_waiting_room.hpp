// A waiting room in memory that does what functions/1_line.lua does, and what may happen to a
// Redis: the model of the contract suite, and the waiting room of simulations.
//
// Deterministic: it does everything at once, on the calling thread, by the clock it was given.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "coupons/waiting_room.hpp"

namespace rushline::tests {

// Safe to call from any thread; `done` is called outside the lock.
class FakeWaitingRoom final : public coupons::WaitingRoom {
 public:
  explicit FakeWaitingRoom(const Clock& clock) : clock_(clock), healthy_since_(clock.monotonic()) {}

  // What happens to a Redis.
  void forget_everything() {
    change([&] { lines_.clear(); });
  }
  void lose_event(CouponEventId event) {
    change([&] { lines_[event.value].is_stored = false; });
  }
  void lose_line(CouponEventId event) {
    change([&] {
      lines_[event.value].users.clear();
      lines_[event.value].places.clear();
    });
  }
  void lose_last_place(CouponEventId event) {
    change([&] {
      Line& line = lines_[event.value];
      if (line.users.empty()) return;
      line.places.erase(line.users.rbegin()->second);
      line.users.erase(std::prev(line.users.end()));
    });
  }
  // The same data under another replication id, as after demotion, resync and promotion.
  void change_primary(std::string replid) {
    change([&] { replid_ = std::move(replid); });
  }
  // Brings the replica up to date ...
  void replicate() {
    change([&] { replica_ = lines_; });
  }
  // ... and makes it the primary: what came after replicate() is lost.
  void fail_over(std::string replid) {
    change([&] {
      lines_ = replica_;
      replid_ = std::move(replid);
    });
  }
  // Becomes what the replica of `primary` knows, under a replication id of its own: `primary` goes
  // on, and whoever still reaches it notices nothing.
  void begin_as_replica_of(FakeWaitingRoom& primary, std::string replid) {
    std::map<std::int64_t, Line> known;
    primary.change([&] { known = primary.replica_; });
    change([&] {
      lines_ = known;
      replica_ = std::move(known);
      replid_ = std::move(replid);
      healthy_since_ = clock_.monotonic();
    });
  }
  bool is_full(CouponEventId event) const {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(event.value);
    return line != lines_.end() && line->second.is_stored && line->second.size >= line->second.cap;
  }
  // Nothing is carried out.
  void set_reachable(bool reachable) {
    change([&] {
      healthy_since_.reset();
      if (reachable) healthy_since_ = clock_.monotonic();
    });
  }
  // The next `count` calls are carried out, but their outcome is not heard of.
  void lose_replies(int count) {
    change([&] { replies_lost_ = count; });
  }
  // Whether other servers hear of marks.
  void set_telling(bool telling) {
    change([&] { is_telling_ = telling; });
  }

  void admit(const coupons::Fence& fence, std::span<const UserId> users,
             Done<coupons::Admissions> done) override {
    answer<coupons::Admissions>(done, [&]() -> Result<coupons::Admissions> {
      Line* line = enter(fence);
      if (line == nullptr || !line->is_whole()) return stale();
      return place_all(*line, users);
    });
  }

  void take(const coupons::Fence& fence, coupons::Sequence mark, const coupons::Window& window,
            std::size_t count_max, Done<coupons::Taken> done) override {
    answer<coupons::Taken>(done, [&]() -> Result<coupons::Taken> {
      Line* line = enter(fence);
      if (line == nullptr || !line->is_whole()) return stale();
      line->forget_settled(mark);
      line->set_window(window);
      coupons::Taken taken{{}, line->size};
      for (const auto& [seq, user] : line->users) {
        if (taken.places.size() == count_max) break;
        taken.places.push_back({user, seq});
      }
      return taken;
    });
  }

  void trim(const coupons::Fence& fence, coupons::Sequence mark, Done<void> done) override {
    bool tells = false;
    answer<void>(done, [&]() -> Result<void> {
      Line* line = enter(fence);
      if (line == nullptr) return stale();
      line->forget_settled(mark);
      tells = is_telling_;
      return {};
    });
    if (!tells) return;
    for (auto& heard : heard_) heard(fence.event, mark);
  }

  void mark_sold_out(const coupons::Fence& fence, Done<void> done) override {
    answer<void>(done, [&]() -> Result<void> {
      Line* line = enter(fence);
      if (line == nullptr) return stale();
      line->sold_out = true;
      return {};
    });
  }

  void find(CouponEventId event, const UserId& user,
            Done<std::optional<coupons::Sequence>> done) override {
    using Found = std::optional<coupons::Sequence>;
    answer<Found>(done, [&]() -> Result<Found> {
      const auto& places = lines_[event.value].places;
      const auto place = places.find(user);
      return place == places.end() ? Found() : Found(place->second);
    });
  }

  void primary(CouponEventId, Done<std::string> done) override {
    answer<std::string>(done, [&]() -> Result<std::string> { return replid_; });
  }

  void install(const coupons::Installation& installation, Done<void> done) override {
    answer<void>(done, [&]() -> Result<void> {
      const coupons::Fence& fence = installation.fence;
      if (fence.replid != replid_) return stale();
      Line& line = lines_[fence.event.value];
      if (line.is_stored && line.epoch >= fence.epoch) return stale();
      const bool is_wanted = line.is_stored && installation.kept.value > 0 &&
                             (line.epoch == installation.kept || line.origin == installation.kept);
      if (!is_wanted || !line.is_whole()) {
        const auto window = line.is_stored ? line.window : coupons::Window();
        line = Line();
        line.window = window;
      }
      line.is_stored = true;
      line.epoch = fence.epoch;
      line.replid = fence.replid;
      line.origin = installation.kept;
      line.next = fence.epoch.value << coupons::epoch_sequence_bits;
      line.cap = installation.cap;
      line.set_window(installation.window);
      line.sold_out = false;
      return {};
    });
  }

  std::optional<Monotonic> healthy_since(CouponEventId) const override {
    const std::lock_guard lock(mutex_);
    return healthy_since_;
  }

  void on_mark(Callback<void(CouponEventId, coupons::Sequence)> heard) override {
    heard_.push_back(std::move(heard));
  }

 private:
  struct Line {
    bool is_stored = false;
    coupons::Epoch epoch;
    std::string replid;
    coupons::Epoch origin;
    std::int64_t next = 0;
    std::int64_t size = 0;  // as counted
    std::int64_t cap = 0;
    coupons::Window window;
    bool sold_out = false;
    std::map<coupons::Sequence, UserId> users;
    std::unordered_map<UserId, coupons::Sequence> places;

    void set_window(const coupons::Window& newer) {
      if (newer.as_of >= window.as_of) window = newer;
    }
    bool is_whole() const { return size == static_cast<std::int64_t>(users.size()); }
    void forget_settled(coupons::Sequence mark) {
      while (!users.empty() && users.begin()->first <= mark) {
        places.erase(users.begin()->second);
        users.erase(users.begin());
        --size;
      }
    }
  };

  static Error stale() { return fail(Errc::stale_epoch, "The line is not the one meant."); }

  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change();
  }

  template <class T, class Run>
  void answer(Done<T>& done, Run run) {
    done([&]() -> Result<T> {
      const std::lock_guard lock(mutex_);
      if (!healthy_since_) return fail(Errc::unavailable, "The waiting room is cut off.");
      Result<T> outcome = run();
      if (replies_lost_ == 0) return outcome;
      --replies_lost_;
      return fail(Errc::timed_out, "The reply was lost.");
    }());
  }

  Line* enter(const coupons::Fence& fence) {
    Line& line = lines_[fence.event.value];
    const bool is_meant = line.is_stored && line.epoch == fence.epoch &&
                          line.replid == fence.replid && replid_ == fence.replid;
    return is_meant ? &line : nullptr;
  }

  std::optional<coupons::Turned> reason_to_turn_away(const Line& line) const {
    const Timestamp now = clock_.now();
    if (line.sold_out) return coupons::Turned::sold_out;
    if (line.window.closes_at && *line.window.closes_at <= now) return coupons::Turned::closed;
    if (line.window.opens_at && *line.window.opens_at > now) return coupons::Turned::not_open;
    if (line.window.paused) return coupons::Turned::paused;
    return std::nullopt;
  }

  coupons::Admissions place_all(Line& line, std::span<const UserId> users) {
    const auto turned = reason_to_turn_away(line);
    coupons::Admissions admissions{{}, turned.value_or(coupons::Turned::full), 0};
    for (const UserId& user : users) {
      coupons::Admitted admitted;
      if (const auto place = line.places.find(user); place != line.places.end()) {
        admitted.place = place->second;
      } else if (!turned && line.size < line.cap) {
        admitted = {coupons::Sequence{line.next++}, true};
        line.places.emplace(user, *admitted.place);
        line.users.emplace(*admitted.place, user);
        ++line.size;
      }
      admissions.users.push_back(admitted);
    }
    admissions.waiting = line.size;
    return admissions;
  }

  const Clock& clock_;  // constant
  // One per server; constant while there are calls of anything else.
  std::deque<Callback<void(CouponEventId, coupons::Sequence)>> heard_;
  mutable std::mutex mutex_;
  std::string replid_ = "0000000000000000000000000000000000000001";  // guarded by mutex_
  std::map<std::int64_t, Line> lines_;                               // guarded by mutex_
  std::map<std::int64_t, Line> replica_;                             // guarded by mutex_
  std::optional<Monotonic> healthy_since_;                           // guarded by mutex_
  int replies_lost_ = 0;                                             // guarded by mutex_
  bool is_telling_ = true;                                           // guarded by mutex_
};

}  // namespace rushline::tests
