// What one server sees of the waiting rooms that others use too: every call waits until the world
// lets it through, and its reply waits until the world lets that through.
//
// So the world decides what happens between a server's sending and another's, which of two
// primaries a server reaches, and what it never hears of: calls that are given up are carried out
// later or not at all.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coupons/waiting_room.hpp"

namespace rushline::tests {

// For one thread.
class SlowWaitingRoom final : public coupons::WaitingRoom {
 public:
  // It can reach any of `rooms`; the first to begin with.
  explicit SlowWaitingRoom(std::vector<coupons::WaitingRoom*> rooms)
      : rooms_(std::move(rooms)), room_(rooms_.front()) {}

  // From now on the server reaches `room`; what was sent before is on its way to the other.
  void reach(coupons::WaitingRoom& room) { room_ = &room; }
  bool reaches(const coupons::WaitingRoom& room) const { return room_ == &room; }
  // Whether the server reaches the waiting room; what was sent before is on its way.
  void set_reachable(bool reachable) { is_reachable_ = reachable; }

  // The next call reaches the waiting room; false = there is none.
  bool carry_out() {
    if (calls_.empty()) return false;
    Call call = std::move(calls_.front());
    calls_.pop_front();
    call.carry_out();
    return true;
  }
  // The next reply, or word of a mark, reaches the server; false = there is none.
  bool deliver() {
    if (replies_.empty()) return false;
    Callback<void()> reply = std::move(replies_.front());
    replies_.pop_front();
    reply();
    return true;
  }
  // The server gives up the calls it has sent, as a client does with its connection. They are left
  // on their way: carry_out_late() lets the first of them through.
  void give_up_calls() {
    std::deque<Call> given_up = std::exchange(calls_, {});
    for (Call& call : given_up) late_.push_back(std::move(call.carry_out_unheard));
    for (Call& call : given_up) call.give_up();
  }
  bool carry_out_late() {
    if (late_.empty()) return false;
    std::function<void()> call = std::move(late_.front());
    late_.pop_front();
    call();
    return true;
  }
  // The server is dead: what it sent is on its way, nobody hears of it.
  void abandon() {
    is_abandoned_ = true;
    for (Call& call : calls_) late_.push_back(std::move(call.carry_out_unheard));
    calls_.clear();
    replies_.clear();
  }

  void admit(const coupons::Fence& fence, std::span<const UserId> users,
             Done<coupons::Admissions> done) override {
    const std::vector<UserId> copied(users.begin(), users.end());
    send<coupons::Admissions>(
        [room = room_, fence, copied](Done<coupons::Admissions> heard) {
          room->admit(fence, copied, std::move(heard));
        },
        std::move(done));
  }
  void take(const coupons::Fence& fence, coupons::Sequence mark, const coupons::Window& window,
            std::size_t count_max, Done<coupons::Taken> done) override {
    send<coupons::Taken>(
        [room = room_, fence, mark, window, count_max](Done<coupons::Taken> heard) {
          room->take(fence, mark, window, count_max, std::move(heard));
        },
        std::move(done));
  }
  void trim(const coupons::Fence& fence, coupons::Sequence mark, Done<void> done) override {
    send<void>([room = room_, fence,
                mark](Done<void> heard) { room->trim(fence, mark, std::move(heard)); },
               std::move(done));
  }
  void mark_sold_out(const coupons::Fence& fence, Done<void> done) override {
    send<void>(
        [room = room_, fence](Done<void> heard) { room->mark_sold_out(fence, std::move(heard)); },
        std::move(done));
  }
  void find(CouponEventId event, const UserId& user,
            Done<std::optional<coupons::Sequence>> done) override {
    using Found = std::optional<coupons::Sequence>;
    send<Found>([room = room_, event,
                 user](Done<Found> heard) { room->find(event, user, std::move(heard)); },
                std::move(done));
  }
  void primary(CouponEventId event, Done<std::string> done) override {
    send<std::string>(
        [room = room_, event](Done<std::string> heard) { room->primary(event, std::move(heard)); },
        std::move(done));
  }
  void install(const coupons::Installation& installation, Done<void> done) override {
    send<void>([room = room_,
                installation](Done<void> heard) { room->install(installation, std::move(heard)); },
               std::move(done));
  }

  std::optional<Monotonic> healthy_since(CouponEventId event) const override {
    return is_reachable_ ? room_->healthy_since(event) : std::nullopt;
  }
  void on_mark(Callback<void(CouponEventId, coupons::Sequence)> heard) override {
    heard_ = std::move(heard);
    for (coupons::WaitingRoom* room : rooms_) {
      room->on_mark([this, room](CouponEventId event, coupons::Sequence mark) {
        if (is_abandoned_ || !is_reachable_ || room_ != room) return;
        replies_.emplace_back([this, event, mark] { heard_(event, mark); });
      });
    }
  }

 private:
  struct Call {
    std::function<void()> carry_out;
    std::function<void()> carry_out_unheard;
    std::function<void()> give_up;
  };

  template <class T>
  void send(std::function<void(Done<T>)> run, Done<T> done) {
    if (!is_reachable_) return done(fail(Errc::unavailable, "The server is cut off."));
    auto told = std::make_shared<Done<T>>(std::move(done));
    calls_.push_back(
        {.carry_out =
             [this, run, told] {
               run([this, told](Result<T> reply) {
                 replies_.emplace_back(
                     [told, reply = std::move(reply)]() mutable { (*told)(std::move(reply)); });
               });
             },
         .carry_out_unheard = [run] { run([](const Result<T>&) {}); },
         .give_up = [told] { (*told)(fail(Errc::timed_out, "The call is given up.")); }});
  }

  const std::vector<coupons::WaitingRoom*> rooms_;
  coupons::WaitingRoom* room_;  // one of rooms_
  bool is_reachable_ = true;
  bool is_abandoned_ = false;
  std::deque<Call> calls_;
  std::deque<Callback<void()>> replies_;
  std::deque<std::function<void()>> late_;
  Callback<void(CouponEventId, coupons::Sequence)> heard_;
};

}  // namespace rushline::tests
